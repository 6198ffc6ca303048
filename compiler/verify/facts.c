// facts: the signer's words and its root certificate, from schemas/.
#include "verify/verify.h"

static u32 bits_of(const json_t *list)
{
	size_t i;
	json_t *n;
	u32 set = 0;
	json_array_foreach(list, i, n)
		set |= 1u << (json_integer_value(n) & 31);
	return set;
}

bool attest_facts_read(struct library *l, struct arena *a, struct attest_facts *out)
{
	json_t *j = library_json(l, S("schemas/attestation.json"));
	if (!j)
		return false;
	const json_t *boot = json_object_get(j, "boot");
	*out = (struct attest_facts){
		.root_suffix = json_str(j, "root-suffix"), .pcrs = json_str(j, "pcrs"),
		.enclave_pcrs = json_str(j, "enclave-pcrs"), .module = json_str(j, "module"),
		.default_partition = json_str(j, "default-partition"),
		.standard = bits_of(json_object_get(boot, "standard")),
		.secure = bits_of(json_object_get(boot, "secure")),
		.also = bits_of(json_object_get(boot, "also")),
		.condition = json_str(j, "condition"), .json = j,
	};
	return base64_read(json_str(j, "root"), a, &out->root);
}
