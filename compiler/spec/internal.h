// Inside spec: a scope in the making.
#pragma once
#include "spec/spec.h"

// ---- keys.c: what the files of Secure Boot come to. Empty texts without Secure Boot.
struct keys {
	struct str uefi_data;         // base64, for RegisterImage
	struct str pcr7;              // SHA-384 in lower-case hexadecimal; empty: not known yet
	struct str certificate;       // base64 of the DER of the certificate that signs
	struct str certificate_head;  // base64: it makes of that DER an EFI signature list of its own
};
// Reads attest.keys and attest.sign: lists that are none, a certificate that db does not trust or
// dbx revokes, and variables that do not fit are findings.
bool must_use read_keys(struct context *c, struct spec *s, struct keys *out);

// ---- scope.c
struct binder {
	struct context *c;
	struct spec *spec;
	struct str pipeline;          // empty: the base
	struct scope *scope;
	size_t cap;
	struct keys keys;
};
void scope_add(struct binder *b, struct value v);
void scope_bind(struct binder *b, const struct setting *s, struct str path, const struct node *n);
void scope_derive(struct binder *b, struct str path, const struct node *n);   // NULL: absent
bool setting_is_open(const struct binder *b, const struct setting *s);

// ---- derived.c: the derived settings of stdlib/README.md.
void derive(struct binder *b);
