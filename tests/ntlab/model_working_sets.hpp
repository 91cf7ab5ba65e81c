// model_working_sets: what the model of locked pages asks of the limits.
#pragma once

#include <windows.h>

namespace ntlab {

SIZE_T minimum_working_set() noexcept;  // bytes, of this process

}  // namespace ntlab
