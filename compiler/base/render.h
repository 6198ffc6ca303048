#pragma once
#include "base/base.h"
struct str severity_name(enum severity s);
