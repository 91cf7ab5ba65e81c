// arguments_binding: what is said to a caller whose arguments a compiled function does not take.
#include <algorithm>

#include "native/bind.hpp"

namespace ntpages {
namespace {

using py::detail::function_record;
using Dispatcher = PyObject* (*)(PyObject*, PyObject* const*, std::size_t, PyObject*);

Dispatcher dispatch = nullptr;  // pybind11's, the same for all that it makes

// One call, as Python hands it over: values by place, then values by name.
struct Call {
    const function_record& function;
    PyObject* const* values;
    std::size_t places;
    PyObject* names;

    [[nodiscard]] std::size_t named() const noexcept {
        return names ? static_cast<std::size_t>(PyTuple_GET_SIZE(names)) : 0;
    }
    [[nodiscard]] std::string name(std::size_t at) const {
        return py::str(PyTuple_GET_ITEM(names, static_cast<Py_ssize_t>(at)));
    }
    [[nodiscard]] bool is_named(const char* wanted) const {
        for (std::size_t at = 0; at < named(); ++at) {
            if (name(at) == wanted) return true;
        }
        return false;
    }
};

std::string arguments(std::size_t count, const char* kind) {
    return std::to_string(count) + kind + (count == 1 ? " argument" : " arguments");
}

std::string by_place(const Call& call, std::size_t first) {
    const auto& function = call.function;
    const auto most = function.nargs_pos - first;
    const auto given = " (" + std::to_string(call.places - first) + " given)";
    if (function.nargs == first) return "takes no arguments" + given;
    if (most == 0) return "takes no positional arguments" + given;
    const auto& known = function.args;
    const auto end =
        known.begin() +
        std::min<std::ptrdiff_t>(function.nargs_pos, static_cast<std::ptrdiff_t>(known.size()));
    const auto optional = std::any_of(
        known.begin(), end, [](const auto& each) { return static_cast<bool>(each.value); });
    return (optional ? "takes at most " : "takes exactly ") + arguments(most, " positional") +
           given;
}

// The mistake of a call of the one way in which a function can be called, in the words that Python
// has for its own functions; empty where only the values can be wrong.
std::string mistake(const Call& call, std::size_t first) {
    const auto& function = call.function;
    const auto& known = function.args;
    if (!function.has_args && call.places > function.nargs_pos) return by_place(call, first);
    for (std::size_t at = 0; at < call.named(); ++at) {
        const auto name = call.name(at);
        const auto found = std::find_if(known.begin(), known.end(), [&](const auto& each) {
            return each.name && name == each.name;
        });
        if (found == known.end()) return "got an unexpected keyword argument '" + name + "'";
        if (static_cast<std::size_t>(found - known.begin()) < call.places) {
            return "got multiple values for argument '" + name + "'";
        }
    }
    if (call.places < function.nargs_pos && known.empty()) return by_place(call, first);
    for (auto at = call.places; at < known.size(); ++at) {
        const auto& each = known[at];
        if (!each.value && each.name && !call.is_named(each.name)) {
            return "missing required argument '" + std::string(each.name) + "'";
        }
    }
    return {};
}

std::string values_of(const Call& call, std::size_t first) {
    const auto& known = call.function.args;
    std::string values;
    for (auto at = first; at < call.places + call.named(); ++at) {
        if (at > first) values += ", ";
        if (at >= call.places) {
            values += call.name(at - call.places) + '=';
        } else if (!call.function.next && at < known.size() && known[at].name) {
            values += std::string(known[at].name) + '=';
        }
        values += shown(call.values[at]);
    }
    return values;
}

std::string refusal(const Call& call) {
    const auto& function = call.function;
    const std::size_t first = function.is_method ? 1 : 0;  // behind the object itself
    if (first > 0) {
        const auto kind = py::str(function.scope.attr("__name__")).cast<std::string>();
        if (call.places == 0) return "needs a " + kind + " to be called on";
        const py::handle object = call.values[0];
        if (!py::isinstance(object, function.scope)) {
            return "is called on a " + kind + ", not on " + shown(object);
        }
    }
    if (!function.next) {
        if (auto words = mistake(call, first); !words.empty()) return words;
    }
    return "does not take (" + values_of(call, first) +
           "): not of its kinds, or beyond what it counts";
}

// Whether this is what pybind11 says of arguments that fit none of its functions: C++ types, and
// names that nobody else knows.
bool speaks_of_types(const py::error_already_set& raised, const function_record& function) {
    const auto words = py::str(raised.value()).cast<std::string>();
    return words.rfind(std::string(function.name) + "(): incompatible ", 0) == 0;
}

void say(const Call& call) {
    const auto& function = call.function;
    const auto whole = PyType_Check(function.scope.ptr())
                           ? py::str(function.scope.attr("__name__")).cast<std::string>() + '.'
                           : std::string();
    PyErr_SetString(PyExc_TypeError, (whole + function.name + "() " + refusal(call)).c_str());
}

// Stands before pybind11's, and costs a call nothing that is taken.
PyObject* answer(PyObject* self, PyObject* const* values, std::size_t counted, PyObject* names) {
    auto* const answered = dispatch(self, values, counted, names);
    if (answered || !PyErr_ExceptionMatches(PyExc_TypeError)) return answered;
    try {
        py::error_already_set raised;
        const auto& function = *py::detail::function_record_ptr_from_PyObject(self);
        if (speaks_of_types(raised, function)) {
            say({function, values, static_cast<std::size_t>(PyVectorcall_NARGS(counted)), names});
        } else {
            raised.restore();
        }
    } catch (py::error_already_set& instead) {  // an interrupt, or there is no memory
        instead.restore();
    } catch (const std::exception&) {
        PyErr_NoMemory();
    }
    return nullptr;
}

void stand_before(py::handle callable) {
    if (PyInstanceMethod_Check(callable.ptr())) {
        callable = PyInstanceMethod_GET_FUNCTION(callable.ptr());
    }
    if (!PyCFunction_Check(callable.ptr())) return;
    auto* const self = PyCFunction_GET_SELF(callable.ptr());
    if (!self || !py::detail::function_record_ptr_from_PyObject(self)) return;  // not pybind11's
    auto& made = *reinterpret_cast<PyCFunctionObject*>(callable.ptr())->m_ml;
    const auto way_in = [](auto function) {
        return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
    };
    if (made.ml_meth == way_in(&answer)) return;
    dispatch = reinterpret_cast<Dispatcher>(reinterpret_cast<void (*)()>(made.ml_meth));
    made.ml_meth = way_in(&answer);
}

void stand_before_all(py::handle room) {
    for (const auto& named : py::dict(room.attr("__dict__"))) {
        const auto member = named.second;
        if (PyModule_Check(member.ptr()) || PyType_Check(member.ptr())) {
            stand_before_all(member);
        } else if (PyObject_TypeCheck(member.ptr(), &PyProperty_Type)) {
            stand_before(member.attr("fget"));
            stand_before(member.attr("fset"));
        } else if (PyObject_TypeCheck(member.ptr(), &PyStaticMethod_Type)) {
            stand_before(member.attr("__func__"));
        } else {
            stand_before(member);
        }
    }
}

}  // namespace

void explain_refusals(const py::module_& module) {
    stand_before_all(module);
}

}  // namespace ntpages
