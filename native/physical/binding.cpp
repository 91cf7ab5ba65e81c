// physical/binding: how the pages of the machine reach Python.
#include "docstrings/physical.hpp"
#include "native/bind.hpp"
#include "native/physical/census.hpp"
#include "native/physical/compression.hpp"
#include "native/physical/files.hpp"
#include "native/physical/pages.hpp"
#include "native/physical/pools.hpp"
#include "native/physical/rundown.hpp"
#include "native/physical/superfetch.hpp"
#include "native/record.hpp"

namespace ntpages {
namespace {

std::unique_ptr<PageListing> begin_listing(std::uint64_t start, std::uint64_t end,
                                           std::vector<std::uint64_t> owners,
                                           std::optional<std::uint64_t> file) {
    return std::make_unique<PageListing>(PageChoice{start, end, std::move(owners), file});
}

}  // namespace

void bind_physical(py::module_& module) {
    bind_record<CoarseLists>(module, "CoarseLists", docs::CoarseLists::self,
                             field(docs::CoarseLists::free, &CoarseLists::free),
                             field(docs::CoarseLists::standby, &CoarseLists::standby),
                             field(docs::CoarseLists::modified, &CoarseLists::modified));
    module.def("list_ranges", &list_ranges, ReleaseGil());
    module.def("list_sources", &list_sources, "stored"_a, ReleaseGil());
    module.def("query_coarse_lists", &query_coarse_lists, ReleaseGil());

    bind_record<StoreSizes>(module, "StoreSizes", docs::StoreSizes::self,
                            field(docs::StoreSizes::pid, &StoreSizes::pid),
                            field(docs::StoreSizes::working_set, &StoreSizes::working_set),
                            field(docs::StoreSizes::data, &StoreSizes::data),
                            field(docs::StoreSizes::compressed, &StoreSizes::compressed),
                            field(docs::StoreSizes::unique, &StoreSizes::unique));
    module.def("query_store", &query_store, ReleaseGil());
    module.def("trim_store", &trim_store, "pages"_a, ReleaseGil());
    module.def("list_pools", &list_pools, ReleaseGil());
    module.def("list_big_allocations", &list_big_allocations, ReleaseGil());

    py::class_<FileNames>(module, "FileNames")
        .def(py::init<>(), ReleaseGil())
        .def_property_readonly("version", &FileNames::version);
    module.def("trace_file_names", &trace_file_names, "log"_a, ReleaseGil());
    py::class_<Census>(module, "Census")
        .def(py::init<bool, bool>(), "processes"_a, "files"_a, ReleaseGil())
        .def("advance", &Census::advance, "milliseconds"_a, ReleaseGil())
        .def_property_readonly("total", &Census::total)
        .def_property_readonly("done", &Census::done)
        .def_property_readonly("unidentified", &Census::unidentified)
        .def_property_readonly("images", &Census::images)
        .def_property_readonly("combined", &Census::combined)
        .def_property_readonly("drift", &Census::drift)
        .def_property_readonly("keys_hidden", &Census::keys_hidden)
        .def("uses", &Census::uses, ReleaseGil())
        .def("priorities", &Census::priorities, ReleaseGil())
        .def("owners", &Census::owners, ReleaseGil())
        .def("files", &Census::files, "names"_a, ReleaseGil());
    py::class_<PageListing>(module, "PageListing")
        .def(py::init(&begin_listing), "start"_a, "end"_a, "owners"_a, "file"_a, ReleaseGil())
        .def("advance", &PageListing::advance, "milliseconds"_a, ReleaseGil())
        .def_property_readonly("total", &PageListing::total)
        .def_property_readonly("done", &PageListing::done)
        .def("finish", &PageListing::finish, ReleaseGil());
}

}  // namespace ntpages
