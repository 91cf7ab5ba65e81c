// write_watch/binding: how written pages and snapshots reach Python.
#include "docstrings/write_watch.hpp"
#include "native/bind.hpp"
#include "native/record.hpp"
#include "native/write_watch/dirty.hpp"
#include "native/write_watch/snapshots.hpp"

namespace ntpages {
namespace {

Table dirty_between(Region& region, std::size_t offset, std::size_t size, bool reset) {
    return dirty(region, {offset, size}, reset);
}

py::object numbers(const Snapshots& snapshots) {
    const auto found = [&] {
        const py::gil_scoped_release released;
        return snapshots.numbers();
    }();
    return frozen(found);
}

}  // namespace

// A leading underscore marks what ntpages.write_watch builds on; the rest it inherits as it is.
void bind_write_watch(py::module_& module) {
    module.def("dirty", &dirty_between, "region"_a, "offset"_a, "size"_a, "reset"_a, ReleaseGil());

    py::class_<Snapshots>(module, "Snapshots", py::custom_type_setup(&show_kept),
                          py::release_gil_before_calling_cpp_dtor())
        .def(py::init<Region&>(), "region"_a, py::keep_alive<1, 2>(), ReleaseGil())
        .def("__len__", &Snapshots::size, ReleaseGil())
        .def_property_readonly("numbers", &numbers, docs::Snapshots::numbers)
        .def_property_readonly("current", py::cpp_function(&Snapshots::current, ReleaseGil()),
                               docs::Snapshots::current)
        .def_property_readonly("stored", py::cpp_function(&Snapshots::stored, ReleaseGil()),
                               docs::Snapshots::stored)
        .def_property_readonly("closed", &Snapshots::closed, docs::Snapshots::closed)
        .def("take", &Snapshots::take, ReleaseGil(), docs::Snapshots::take)
        .def("_restore", &Snapshots::restore, "number"_a, ReleaseGil())
        .def("_forget", &Snapshots::forget, "number"_a, ReleaseGil())
        .def("_changed", &Snapshots::changed, "number"_a, ReleaseGil())
        .def("close", &Snapshots::close, ReleaseGil(), docs::Snapshots::close);
}

}  // namespace ntpages
