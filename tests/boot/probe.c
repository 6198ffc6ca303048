// probe: the smallest EFI program that tells what firmware measured. It writes, to the port of qemu's
// debug console, its own name, every PCR (TPM2_PCR_Read) and the event log (EFI_TCG2_PROTOCOL), and switches
// the machine off. Linked to a flat, position-independent blob around which shape.py puts a PE of any shape:
// so a boot takes seconds, its disk a few kilobytes, and no line of it is anyone else's.
//
// Output: "NAME" text NUL | for each PCR read: "P" bank u16, pcr u8, length u8, digest | "L" length u32, log.
#include <stdint.h>

#define EFIAPI __attribute__((ms_abi))
enum { PORT = 0x5f0, BOOT_SERVICES = 96, RUNTIME_SERVICES = 88, LOCATE_PROTOCOL = 37, RESET_SYSTEM = 10,
       GET_EVENT_LOG = 1, SUBMIT_COMMAND = 3, CRYPTO_AGILE = 2, SHUTDOWN = 2, EVENT_HEAD = 32 };

typedef uint64_t EFIAPI service();   // every service takes and returns words

// Replaced by shape.py with the name of the file that this is.
__attribute__((section(".name"), visibility("hidden"))) char name[16] = "@name-of-probe@";
uint64_t EFIAPI start(void *image, const uint8_t *system);

static void put(const void *bytes, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		__asm__ volatile("outb %0, %1" : : "a"(((const uint8_t *)bytes)[i]), "Nd"((uint16_t)PORT));
}

static uint32_t le(const uint8_t *at, int bytes)
{
	uint32_t out = 0;
	while (bytes--)
		out = out << 8 | at[bytes];
	return out;
}

// The n-th service behind a table's header, or of a protocol (header 0).
static service *at(const uint8_t *table, uint32_t head, uint32_t n)
{
	return *(service *const *)(table + head + 8 * n);
}

static void put_pcr(uint8_t *tcg2, uint32_t bank, uint8_t pcr)
{
	uint8_t command[20] = {0x80, 1, 0, 0, 0, 20, 0, 0, 1, 0x7e, 0, 0, 0, 1, (uint8_t)(bank >> 8), (uint8_t)bank, 3};
	uint8_t answer[128] = {0};
	command[17 + pcr / 8] = (uint8_t)(1 << pcr % 8);
	if (at(tcg2, 0, SUBMIT_COMMAND)(tcg2, (uint64_t)sizeof command, command, (uint64_t)sizeof answer, answer))
		return;
	// header 10, update counter 4, selection 4 + 2 + 1 + 3, count 4, then size 2 and the digest
	if (answer[27] != 1)
		return;   // the bank is not active
	uint8_t head[5] = {'P', (uint8_t)bank, 0, pcr, answer[29]};
	put(head, sizeof head);
	put(answer + 30, answer[29]);
}

static uint32_t digest_len(uint32_t bank)
{
	switch (bank) {
	case 4:   return 20;
	case 0xb: return 32;
	case 0xc: return 48;
	default:  return 64;
	}
}

// From the first event to the end of the last one.
static uint32_t log_len(const uint8_t *log, const uint8_t *last)
{
	if (last <= log)
		return EVENT_HEAD + le(log + EVENT_HEAD - 4, 4);
	const uint8_t *p = last + 12;
	for (uint32_t n = le(last + 8, 4); n; n--)
		p += 2 + digest_len(le(p, 2));
	return (uint32_t)(p + 4 + le(p, 4) - log);
}

static void put_log(uint8_t *tcg2)
{
	uint64_t log = 0, last = 0;
	uint8_t cut = 0;
	if (at(tcg2, 0, GET_EVENT_LOG)(tcg2, (uint64_t)CRYPTO_AGILE, &log, &last, &cut))
		return;
	uint32_t len = log_len((const uint8_t *)log, (const uint8_t *)last);
	put("L", 1);
	put(&len, sizeof len);
	put((const uint8_t *)log, len);
}

__attribute__((section(".first"))) uint64_t EFIAPI start(void *image, const uint8_t *system)
{
	static const uint8_t tcg2_guid[16] = {0x6c, 0x76, 0x7f, 0x60, 0x55, 0x74, 0xbe, 0x42,
	                                      0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f};
	uint8_t *tcg2 = 0;
	(void)image;
	put("NAME", 4);
	put(name, sizeof name);
	if (!at(*(const uint8_t *const *)(system + BOOT_SERVICES), 24, LOCATE_PROTOCOL)(tcg2_guid, 0, &tcg2)) {
		for (uint32_t bank = 0; bank < 4; bank++)
			for (uint8_t pcr = 0; pcr < 16; pcr++)
				put_pcr(tcg2, (const uint8_t[]){4, 0xb, 0xc, 0xd}[bank], pcr);
		put_log(tcg2);
	}
	at(*(const uint8_t *const *)(system + RUNTIME_SERVICES), 24, RESET_SYSTEM)((uint64_t)SHUTDOWN, (uint64_t)0, (uint64_t)0, 0);
	return 0;
}
