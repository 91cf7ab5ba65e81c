// write_watch: which pages were written since the last reset.
#include "bind.hpp"

namespace ntmem {

void bind_write_watch(py::module_&) {}

}  // namespace ntmem
