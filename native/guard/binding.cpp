// guard/binding: how waits for the kernel's conditions reach Python.
#include "native/bind.hpp"
#include "native/guard/vigil.hpp"

namespace ntpages {

void bind_guard(py::module_& module) {
    py::class_<Vigil>(module, "Vigil")
        .def(py::init<const std::vector<std::string>&>(), "conditions"_a, ReleaseGil())
        .def("look", &Vigil::look, ReleaseGil())
        .def("wait", &Vigil::wait, "milliseconds"_a, ReleaseGil())
        .def("stop", &Vigil::stop, ReleaseGil());
}

}  // namespace ntpages
