// doctor/binding: how the kernel's answers reach Python.
#include "native/bind.hpp"
#include "native/doctor/answers.hpp"

namespace ntpages {

void bind_doctor(py::module_& module) {
    module.def(
        "ask_system",
        [](ULONG information, ULONG size) {
            const auto answer = [&] {
                const py::gil_scoped_release others_run;
                return ask_system(information, size);
            }();
            const py::bytes content(reinterpret_cast<const char*>(answer.content.data()),
                                    answer.content.size());
            return py::make_tuple(answer.status, answer.returned, content);
        },
        "information"_a, "size"_a);
}

}  // namespace ntpages
