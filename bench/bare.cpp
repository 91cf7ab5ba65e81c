// bare: the table of contents of ntpages.bench._bare, a submodule for each noun.
#include "bench/bare.hpp"

PYBIND11_MODULE(_bare, module, pybind11::mod_gil_not_used()) {
    using namespace ntpages::bare;
    const auto room = [&](const char* noun, void (*bind)(py::module_&)) {
        auto submodule = module.def_submodule(noun);
        bind(submodule);
    };
    room("system", bind_system);
    room("regions", bind_regions);
    room("sparse", bind_sparse);
    room("write_watch", bind_write_watch);
    room("awe", bind_awe);
    room("numa", bind_numa);
    room("heaps", bind_heaps);
    room("processes", bind_processes);
    room("working_sets", bind_working_sets);
    room("physical", bind_physical);
}
