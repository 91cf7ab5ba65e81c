// error_binding: the one place where a C++ error becomes a Python one.
#include <atomic>

#include "docstrings/errors.hpp"
#include "native/bind.hpp"
#include "native/error.hpp"

namespace ntpages {
namespace {

// Python owns the table of classes, and says here which of its functions picks one. Kept for good,
// those of an earlier import as well: errors are raised until the very end of the process, and
// somebody may be about to raise one.
struct Makers {
    py::object from_call, no_such_process, from_missing;
};
constinit std::atomic<const Makers*> makers{nullptr};

void use(py::object from_call, py::object no_such_process, py::object from_missing) {
    makers = new Makers{std::move(from_call), std::move(no_such_process), std::move(from_missing)};
}

template <typename... Arguments>
void raise(py::object Makers::* maker, const Arguments&... arguments) {
    const auto* const made = makers.load();
    if (!made) {
        PyErr_SetString(PyExc_SystemError,
                        "ntpages.errors must be imported before _native is used");
        return;
    }
    try {
        const auto error = (made->*maker)(arguments...);
        PyErr_SetObject(py::type::handle_of(error).ptr(), error.ptr());
    } catch (py::error_already_set& instead) {  // an interrupt: pybind11 would forget it
        instead.restore();
    }
}

void translate(std::exception_ptr thrown) {
    try {
        if (thrown) std::rethrow_exception(thrown);
    } catch (const Error& error) {
        raise(&Makers::from_call, error.what(), error.code,
              static_cast<std::uint32_t>(error.status), system_text(error.code, error.status),
              error.subject);
    } catch (const NoSuchProcess& gone) {
        raise(&Makers::no_such_process, gone.what(), gone.pid, gone.code);
    } catch (const Missing& missing) {
        raise(&Makers::from_missing, missing.what());
    } catch (const Closed& closed) {
        PyErr_Format(PyExc_ValueError, "%s is closed", closed.what());
    } catch (const InUse& used) {
        PyErr_Format(PyExc_BufferError, "%s is in use: %s", used.what(), used.remedy);
    } catch (const NotLendable& memory) {
        PyErr_SetString(PyExc_BufferError, memory.what());
    } catch (const std::bad_alloc&) {  // its own words are C++'s
        PyErr_SetString(PyExc_MemoryError, "there is no memory for what the call works with");
    }
}

}  // namespace

void bind_errors(py::module_& module) {
    py::register_local_exception_translator(translate);
    module.def("use", &use, docs::use, py::kw_only(), "from_call"_a, "no_such_process"_a,
               "from_missing"_a);
}

}  // namespace ntpages
