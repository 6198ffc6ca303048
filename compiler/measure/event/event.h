// measure/event: a log of events; a PCR is the fold over those that extend it.
#pragma once
#include "measure/image/image.h"

// ---- event.c: a log: events in order; a PCR is the fold over those that extend it.
// TCG PC Client Platform Firmware Profile 1.06, 10.4.
enum { PCR_COUNT = 24 };
static const u32 EV_NO_ACTION = 3, EV_SEPARATOR = 4, EV_EVENT_TAG = 6, EV_IPL = 0xd,
	EV_EFI_VARIABLE_DRIVER_CONFIG = 0x80000001, EV_EFI_VARIABLE_BOOT = 0x80000002,
	EV_EFI_BOOT_SERVICES_APPLICATION = 0x80000003, EV_EFI_GPT_EVENT = 0x80000006,
	EV_EFI_ACTION = 0x80000007, EV_EFI_VARIABLE_AUTHORITY = 0x800000e0;
struct event {
	u32 pcr, type;
	struct digests digests;       // what is extended
	bool extends;                 // false: EV_NO_ACTION, or a digest that is not known
	bool unknown;                 // happens, but its digest can't be predicted (`why` says why)
	bool likely;                  // unknown, but `digests` are those of a boot that adds nothing
	bool optional;                // unknown, and may not happen at all
	bool platform;                // an unknown event that is the machine's, not the image's
	const struct pe *image;       // a started image's event, or a section's of it; else NULL
	bool inner;                   // that image is the kernel inside a UKI
	struct range covered;         // a section's: its bytes in that image's file,
	u64 zeros;                    // and so many zeros behind them
	struct str data;              // event data as in a log, when it can be predicted
	struct str what;              // "the UKI EFI/BOOT/BOOTX64.EFI"
	struct str why;               // "firmware measures each image that it starts"
};
// What the kernel is started with, when a prediction reached one. A text in `…_unknown` says why
// the other is not, or not all, of it.
struct handed {
	bool reached;
	struct str options;           // UTF-8
	struct source initrd;         // of size 0: none
	u64 unpacked_max;             // bytes that may be unpacked of it; 0: initrd_limit
	struct str options_unknown, initrd_unknown;
};
struct event_log {
	struct event *list; size_t count, cap;
	bank_set set;
	struct handed handed;
	struct arena *arena;
};
struct event *event_add(struct event_log *log, struct event e);
// "EV_IPL"; 0x and eight digits for a type without a name.
struct str event_type_name(u32 type, struct arena *a);
// What the data of an event of a log say it was, in words: "variable db", "section .linux".
struct str event_describe(const struct event *e, struct arena *a);
enum pcr_state {
	PCR_KNOWN,
	PCR_PARTLY,                   // an event that can't be predicted is in it: no value
	PCR_PLATFORM,                 // the machine's: no value
};
struct pcr_values {
	u8 of[BANK_COUNT][PCR_COUNT][BANK_MAX_BYTES];
	enum pcr_state state[PCR_COUNT];
	bool extended[PCR_COUNT];     // false: it keeps the value that it has after a reset
};
bool must_use event_fold(const struct event_log *log, struct pcr_values *out);

// ---- tcglog.c: binary_bios_measurements, read and written.
bool must_use tcglog_read(struct str bytes, u32 file, struct arena *a, struct event_log *out,
                          struct diag *d);
void tcglog_write(const struct event_log *log, struct buf *out);
