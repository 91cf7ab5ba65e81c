// guard/binding: how guards wait, become services and tell what they do; who may change a file.
#include "native/bind.hpp"
#include "native/guard/event_log.hpp"
#include "native/guard/manager.hpp"
#include "native/guard/notice.hpp"
#include "native/guard/service.hpp"
#include "native/guard/vigil.hpp"
#include "native/guard/writers.hpp"

namespace ntpages {

void bind_guard(py::module_& module) {
    py::class_<Vigil>(module, "Vigil")
        .def(py::init<const std::vector<std::string>&>(), "conditions"_a, ReleaseGil())
        .def("look", &Vigil::look, ReleaseGil())
        .def("wait", &Vigil::wait, "milliseconds"_a, ReleaseGil())
        .def("stop", &Vigil::stop, ReleaseGil());

    py::class_<Notice>(module, "Notice")
        .def(py::init<>())
        .def("show", &Notice::show, "title"_a, "text"_a, "milliseconds"_a, ReleaseGil())
        .def("wait", &Notice::wait, "milliseconds"_a, ReleaseGil())
        .def("close", &Notice::close, ReleaseGil());

    module.def("begin_service", &begin_service, "name"_a, ReleaseGil());
    module.def("service_runs", &service_runs, ReleaseGil());
    module.def("service_goes_on", &service_goes_on, ReleaseGil());
    module.def("wait_for_service_stop", &wait_for_service_stop, "milliseconds"_a, ReleaseGil());
    module.def("end_service", &end_service, "code"_a, ReleaseGil());

    module.def("install_service", &install_service, "name"_a, "title"_a, "about"_a, "command"_a,
               "privileges"_a, ReleaseGil());
    module.def("query_service", &query_service, "name"_a, ReleaseGil());
    module.def("start_service", &start_service, "name"_a, ReleaseGil());
    module.def("stop_service", &stop_service, "name"_a, ReleaseGil());
    module.def("delete_service", &delete_service, "name"_a, ReleaseGil());

    module.def("report_event", &report_event, "source"_a, "kind"_a, "number"_a, "texts"_a,
               ReleaseGil());
    module.def("writers_of", &writers_of, "path"_a, ReleaseGil());
    module.def("own_account", &own_account, ReleaseGil());
    module.def("make_folder", &make_folder, "path"_a, ReleaseGil());
}

}  // namespace ntpages
