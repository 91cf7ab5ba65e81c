// working_sets/binding: how working sets reach Python.
#include "docstrings/working_sets.hpp"
#include "native/bind.hpp"
#include "native/record.hpp"
#include "native/working_sets/limits.hpp"
#include "native/working_sets/pages.hpp"

namespace ntpages {

void bind_working_sets(py::module_& module) {
    bind_record<Limits>(module, "Limits", docs::Limits::self,
                        field(docs::Limits::minimum, &Limits::minimum),
                        field(docs::Limits::maximum, &Limits::maximum),
                        field(docs::Limits::hard_minimum, &Limits::hard_minimum),
                        field(docs::Limits::hard_maximum, &Limits::hard_maximum));
    module.def("working_set_limits", &working_set_limits, "pid"_a, ReleaseGil());
    module.def("set_working_set_limits", &set_working_set_limits, "pid"_a, "minimum"_a, "maximum"_a,
               "hard_minimum"_a, "hard_maximum"_a, ReleaseGil());
    module.def("empty_working_set", &empty_working_set, "pid"_a, "since"_a = py::none(),
               ReleaseGil());
    module.def("empty_working_set_by_limits", &empty_working_set_by_limits, "pid"_a, ReleaseGil());
    module.def("working_set_pages", &working_set_pages, "pid"_a, "start"_a, "end"_a, "valid_only"_a,
               ReleaseGil());
}

}  // namespace ntpages
