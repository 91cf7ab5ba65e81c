// module: the table of contents, and the one place a C++ error becomes a Python one.
#include "native/bind.hpp"
#include "native/error.hpp"

namespace ntpages {
namespace {

// Python owns the table of classes: ntpages.errors picks the one for a code.
void raise(const char* maker, const py::tuple& arguments) {
    const auto error = py::module_::import("ntpages.errors").attr(maker)(*arguments);
    PyErr_SetObject(py::type::handle_of(error).ptr(), error.ptr());
}

void translate(std::exception_ptr thrown) {
    try {
        if (thrown) std::rethrow_exception(thrown);
    } catch (const Error& error) {
        raise("from_call",
              py::make_tuple(error.what(), error.code, static_cast<std::uint32_t>(error.status),
                             system_text(error.code, error.status), error.subject));
    } catch (const NoSuchProcess& gone) {
        raise("no_such_process", py::make_tuple(gone.what(), gone.pid, gone.code));
    } catch (const Missing& missing) {
        raise("from_missing", py::make_tuple(missing.what()));
    } catch (const Closed& closed) {
        PyErr_Format(PyExc_ValueError, "%s is closed", closed.what());
    } catch (const InUse& used) {
        PyErr_Format(PyExc_BufferError, "%s is in use: %s", used.what(), used.remedy);
    } catch (const NotLendable& memory) {
        PyErr_SetString(PyExc_BufferError, memory.what());
    }
}

}  // namespace
}  // namespace ntpages

PYBIND11_MODULE(_native, module) {
    using namespace ntpages;
    py::register_local_exception_translator(translate);
    const auto room = [&](const char* noun, auto... bind) {
        auto submodule = module.def_submodule(noun);
        (bind(submodule), ...);
    };
    room("table", bind_table);
    room("system", bind_system);
    room("privileges", bind_privileges);
    room("memory_lists", bind_memory_lists);
    room("regions", bind_regions, bind_regions_walk);
    room("sparse", bind_sparse);
    room("write_watch", bind_write_watch);
    room("awe", bind_awe);
    room("numa", bind_numa);
    room("heaps", bind_heaps);
    room("processes", bind_processes, bind_processes_scan);
    room("working_sets", bind_working_sets);
}
