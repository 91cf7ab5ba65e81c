// system/binding: how the machine's numbers reach Python.
#include "docstrings/system.hpp"
#include "native/bind.hpp"
#include "native/ranges.hpp"
#include "native/record.hpp"
#include "native/system/memory.hpp"

namespace ntpages {

void bind_system(py::module_& module) {
    module.attr("PAGE_SIZE") = page_size;
    module.def("allocation_granularity", &allocation_granularity);
    module.def("large_page_size", &large_page_size);

    bind_record<SystemMemory>(
        module, "SystemMemory", docs::SystemMemory::self,
        field(docs::SystemMemory::total, &SystemMemory::total),
        field(docs::SystemMemory::available, &SystemMemory::available),
        field(docs::SystemMemory::committed, &SystemMemory::committed),
        field(docs::SystemMemory::commit_limit, &SystemMemory::commit_limit),
        field(docs::SystemMemory::commit_peak, &SystemMemory::commit_peak),
        field(docs::SystemMemory::cache, &SystemMemory::cache),
        field(docs::SystemMemory::kernel_paged, &SystemMemory::kernel_paged),
        field(docs::SystemMemory::kernel_nonpaged, &SystemMemory::kernel_nonpaged),
        field(docs::SystemMemory::installed, &SystemMemory::installed),
        field(docs::SystemMemory::shared_committed, &SystemMemory::shared_committed),
        field(docs::SystemMemory::resident_available, &SystemMemory::resident_available),
        field(docs::SystemMemory::dirty_cache, &SystemMemory::dirty_cache),
        field(docs::SystemMemory::processes, &SystemMemory::processes),
        field(docs::SystemMemory::threads, &SystemMemory::threads),
        field(docs::SystemMemory::handles, &SystemMemory::handles));
    module.def("query_memory", &query_memory, ReleaseGil());

    bind_record<FaultCounters>(
        module, "FaultCounters", docs::FaultCounters::self,
        field(docs::FaultCounters::page_faults, &FaultCounters::page_faults),
        field(docs::FaultCounters::transition_faults, &FaultCounters::transition_faults),
        field(docs::FaultCounters::demand_zero_faults, &FaultCounters::demand_zero_faults),
        field(docs::FaultCounters::copy_on_write_faults, &FaultCounters::copy_on_write_faults),
        field(docs::FaultCounters::page_reads, &FaultCounters::page_reads),
        field(docs::FaultCounters::pages_read, &FaultCounters::pages_read))
        .def(
            "since",
            [](const FaultCounters& later, const py::object& earlier) {
                if (!py::isinstance<FaultCounters>(earlier)) {
                    throw py::type_error("earlier must be FaultCounters, not " + shown(earlier));
                }
                return later.since(earlier.cast<const FaultCounters&>());
            },
            "earlier"_a, docs::FaultCounters::since);
    module.def("query_fault_counters", &query_fault_counters, ReleaseGil());

    bind_record<PageFile>(
        module, "PageFile", docs::PageFile::self, field(docs::PageFile::path, &PageFile::path),
        field(docs::PageFile::size, &PageFile::size), field(docs::PageFile::used, &PageFile::used),
        field(docs::PageFile::peak, &PageFile::peak),
        field(docs::PageFile::minimum, &PageFile::minimum),
        field(docs::PageFile::maximum, &PageFile::maximum));
    module.def("query_page_files", &query_page_files, ReleaseGil());

    bind_record<WindowsVersion>(module, "WindowsVersion", docs::WindowsVersion::self,
                                field(docs::WindowsVersion::version, &WindowsVersion::version),
                                field(docs::WindowsVersion::build, &WindowsVersion::build),
                                field(docs::WindowsVersion::wine, &WindowsVersion::wine))
        .def("__str__", &WindowsVersion::line);
    module.def("query_version", &query_version, ReleaseGil());

    py::class_<MemoryNotification>(module, "MemoryNotification")
        .def(py::init<bool>(), "low"_a)
        .def("wait", &MemoryNotification::wait, "milliseconds"_a, ReleaseGil());
}

}  // namespace ntpages
