// sparse/growable: the part of the sparse room that holds GrowableBuffer.
#pragma once

#include "native/bind.hpp"

namespace ntpages {

void bind_growable(py::module_& module);

}  // namespace ntpages
