// measure: a disk image in, an event log and PCR values out. Calls only base/, so that anybody can
// take it out and use it: this header is all of it.
//
//   image (source, gpt, fat, pe, authenticode) ─┬─ boot (firmware, menu, stub, kernel) ─ compare
//   keys (esl, uefi_data, vars, secureboot) ────┘        event (log ─ pcr)
#pragma once
#include "measure/compare/compare.h"


