// model_partitions: what allocating memory asks of the handle of a partition.
#pragma once

#include <windows.h>

namespace ntlab {

bool is_partition(HANDLE handle) noexcept;

}  // namespace ntlab
