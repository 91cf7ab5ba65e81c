// bare: what the benchmarks are measured against: the bare calls, in a loop, and nothing else.
#pragma once

#include <pybind11/pybind11.h>

namespace ntpages::bare {

namespace py = pybind11;
using namespace pybind11::literals;

void bind_system(py::module_& module);
void bind_regions(py::module_& module);
void bind_sparse(py::module_& module);
void bind_write_watch(py::module_& module);
void bind_awe(py::module_& module);
void bind_numa(py::module_& module);
void bind_heaps(py::module_& module);
void bind_processes(py::module_& module);
void bind_working_sets(py::module_& module);
void bind_physical(py::module_& module);

}  // namespace ntpages::bare
