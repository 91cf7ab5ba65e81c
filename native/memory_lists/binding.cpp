// memory_lists/binding: how the page lists and their commands reach Python.
#include "docstrings/memory_lists.hpp"
#include "native/bind.hpp"
#include "native/memory_lists/commands.hpp"
#include "native/record.hpp"

namespace ntpages {

void bind_memory_lists(py::module_& module) {
    using nt::MemoryListCommand;
    py::native_enum<MemoryListCommand>(module, "MemoryListCommand", "enum.IntEnum")
        .value("CAPTURE_ACCESSED_BITS", MemoryListCommand::capture_accessed_bits)
        .value("CAPTURE_AND_RESET_ACCESSED_BITS",
               MemoryListCommand::capture_and_reset_accessed_bits)
        .value("EMPTY_WORKING_SETS", MemoryListCommand::empty_working_sets)
        .value("FLUSH_MODIFIED_LIST", MemoryListCommand::flush_modified_list)
        .value("PURGE_STANDBY_LIST", MemoryListCommand::purge_standby_list)
        .value("PURGE_LOW_PRIORITY_STANDBY_LIST",
               MemoryListCommand::purge_low_priority_standby_list)
        .finalize();

    bind_record<MemoryLists>(
        module, "MemoryLists", docs::MemoryLists::self,
        field(docs::MemoryLists::zero, &MemoryLists::zero),
        field(docs::MemoryLists::free, &MemoryLists::free),
        field(docs::MemoryLists::modified, &MemoryLists::modified),
        field(docs::MemoryLists::modified_no_write, &MemoryLists::modified_no_write),
        field(docs::MemoryLists::modified_page_file, &MemoryLists::modified_page_file),
        field(docs::MemoryLists::bad, &MemoryLists::bad),
        field(docs::MemoryLists::standby, &MemoryLists::standby),
        field(docs::MemoryLists::repurposed, &MemoryLists::repurposed))
        .def_property_readonly("standby_total", &MemoryLists::standby_total,
                               docs::MemoryLists::standby_total)
        .def_property_readonly("partial", &MemoryLists::partial, docs::MemoryLists::partial)
        .def_property_readonly("ready", &MemoryLists::ready, docs::MemoryLists::ready);

    module.def("query_memory_lists", &query_memory_lists, ReleaseGil());
    module.def("query_partial_memory_lists", &query_partial_memory_lists, ReleaseGil());
    module.def("command_memory_lists", &command_memory_lists, "command"_a, ReleaseGil());
    module.def("query_file_cache", &query_file_cache, ReleaseGil());
    module.def("empty_file_cache", &empty_file_cache, ReleaseGil());
    module.def("combine_pages", &combine_pages, ReleaseGil());
    module.def("reconcile_registry", &reconcile_registry, ReleaseGil());
    module.def("purge_file", &purge_file, "path"_a, ReleaseGil());
    module.def("flush_volumes", &flush_volumes, ReleaseGil());
}

}  // namespace ntpages
