// module: the table of contents of _native, a submodule for each noun.
#include "native/bind.hpp"

PYBIND11_MODULE(_native, module) {
    using namespace ntpages;
    const auto room = [&](const char* noun, void (*bind)(py::module_&)) {
        auto submodule = module.def_submodule(noun);
        bind(submodule);
    };
    room("errors", bind_errors);
    room("table", bind_table);
    room("system", bind_system);
    room("privileges", bind_privileges);
    room("memory_lists", bind_memory_lists);
    room("regions", bind_regions);
    room("sparse", bind_sparse);
    room("write_watch", bind_write_watch);
    room("awe", bind_awe);
    room("numa", bind_numa);
    room("heaps", bind_heaps);
    room("processes", bind_processes);
    room("working_sets", bind_working_sets);
    room("physical", bind_physical);
    room("doctor", bind_doctor);
    explain_refusals(module);
}
