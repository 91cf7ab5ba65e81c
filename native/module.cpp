// module: the table of contents of _native, a submodule for each noun.
#include "native/bind.hpp"

// What threads share has locks of its own, so no GIL is asked for: docs/design.md says which. But
// types and makers of errors are kept once for the process, so one interpreter may have it.
PYBIND11_MODULE(_native_of_main, module, ntpages::py::mod_gil_not_used(),
                ntpages::py::multiple_interpreters::not_supported()) {
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
    room("sections", bind_sections);
    room("partitions", bind_partitions);
    room("sparse", bind_sparse);
    room("write_watch", bind_write_watch);
    room("awe", bind_awe);
    room("numa", bind_numa);
    room("heaps", bind_heaps);
    room("processes", bind_processes);
    room("working_sets", bind_working_sets);
    room("physical", bind_physical);
    room("doctor", bind_doctor);
    room("guard", bind_guard);
    explain_refusals(module);
}

// What Python calls: before pybind11 does anything, which in a subinterpreter waits for ever where
// Python is older than 3.12. Later ones call it in the main one, and go by what the module says.
PYBIND11_PLUGIN_IMPL(_native) {
    if (PyInterpreterState_Get() == PyInterpreterState_Main()) return PyInit__native_of_main();
    PyErr_SetString(PyExc_ImportError,
                    "ntpages is for the main interpreter, not for a subinterpreter");
    return nullptr;
}
