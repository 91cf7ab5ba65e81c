// module: the table of contents, and the one place a C++ error becomes a Python one.
#include "bind.hpp"
#include "error.hpp"

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
    bind_table(module);
    bind_system(module);
    bind_privileges(module);
    bind_memory_lists(module);
    bind_regions(module);
    bind_regions_walk(module);
    bind_sparse(module);
    bind_write_watch(module);
    bind_awe(module);
    bind_numa(module);
    bind_heaps(module);
    bind_processes(module);
    bind_processes_scan(module);
    bind_working_sets(module);
}
