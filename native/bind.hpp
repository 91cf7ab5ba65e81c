// bind: the only include of pybind11, and the list of rooms.
#pragma once

#include <pybind11/eval.h>
#include <pybind11/native_enum.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <type_traits>

#include "native/handle.hpp"

namespace ntpages::py {

using namespace pybind11;

// For objects that are no mere values; those that are say themselves how they are made again. What
// Python has for all objects would make one of pybind11's base class, which ends the process.
inline void refuse_copies(handle type) {
    type.attr("__reduce__") = cpp_function(
        [](handle self) -> object {
            const auto name = str(type::handle_of(self).attr("__name__")).cast<std::string>();
            throw type_error("a " + name + " can't be copied or pickled: it is of this process");
        },
        is_method(type), pybind11::name("__reduce__"));
}

// Stands before pybind11's own, so that no class is bound without the guard below.
template <typename Class, typename... Options>
class class_ : public pybind11::class_<Class, Options...> {
    static_assert(std::is_base_of_v<Exposed, Class>,
                  "a class that Python makes objects of derives from Exposed");

public:
    template <typename... Extra>
    class_(handle scope, const char* name, const Extra&... extra)
        : pybind11::class_<Class, Options...>(scope, name, extra...) {
        refuse_copies(*this);
    }
};

}  // namespace ntpages::py

namespace ntpages {

using namespace pybind11::literals;

// What a message says of a value: how it shows itself, if it can, and never at length.
inline std::string shown(py::handle value) {
    constexpr Py_ssize_t longest = 80;
    const auto text = py::reinterpret_steal<py::object>(PyObject_Repr(value.ptr()));
    if (!text) {
        PyErr_Clear();
        return std::string("a ") + Py_TYPE(value.ptr())->tp_name;
    }
    if (PyUnicode_GetLength(text.ptr()) <= longest) return py::str(text);
    return py::str(text[py::slice(0, longest, 1)]).cast<std::string>() + "...";
}

// For every binding that calls Windows: the work knows no Python.
using ReleaseGil = py::call_guard<py::gil_scoped_release>;

// An object that lives off another one keeps it with py::keep_alive, a reference that Python's
// collector of cycles does not see: this shows it, so that an object that leads to its own keeper
// can go with it. For py::custom_type_setup. There is nothing to clear, as in a tuple: what is kept
// never changes, and every cycle goes through an object that has attributes.
//
// No lock is taken: the collector holds the GIL or, where there is none, has stopped all threads,
// one of which may have the lock.
inline void show_kept(PyHeapTypeObject* type) {
    type->ht_type.tp_flags |= Py_TPFLAGS_HAVE_GC;
    type->ht_type.tp_traverse = [](PyObject* self, visitproc visit, void* arg) -> int {
        Py_VISIT(Py_TYPE(self));
        if (!reinterpret_cast<py::detail::instance*>(self)->has_patients) return 0;
        const auto& patients = py::detail::get_internals().patients;
        const auto kept = patients.find(self);
        if (kept == patients.end()) return 0;
        for (auto* const each : kept->second) Py_VISIT(each);
        return 0;
    };
}

// A block's begin and end, each a single call, so that no interrupt comes between what it does and
// that it is done. Where an interrupt keeps Python from ending it, its destructor does.
template <typename Scope>
void bind_scope(pybind11::class_<Scope>& scope) {
    scope.def("__enter__", &Scope::enter, ReleaseGil())
        .def("__exit__", [](Scope& self, const py::args&) { self.leave(); }, ReleaseGil());
}

// For the whole of it, when it is bound: arguments that don't fit are refused in Python's words.
void explain_refusals(const py::module_& module);

void bind_errors(py::module_& module);
void bind_table(py::module_& module);
void bind_system(py::module_& module);
void bind_privileges(py::module_& module);
void bind_memory_lists(py::module_& module);
void bind_regions(py::module_& module);
void bind_sections(py::module_& module);
void bind_partitions(py::module_& module);
void bind_sparse(py::module_& module);
void bind_write_watch(py::module_& module);
void bind_awe(py::module_& module);
void bind_numa(py::module_& module);
void bind_heaps(py::module_& module);
void bind_processes(py::module_& module);
void bind_working_sets(py::module_& module);
void bind_physical(py::module_& module);
void bind_doctor(py::module_& module);
void bind_guard(py::module_& module);

}  // namespace ntpages

namespace pybind11::detail {

// An object whose __init__ failed or was never reached has no C++ object behind it. pybind11 would
// give it one of raw memory (also while a traceback prints its repr): say so instead.
template <typename Class>
class type_caster<Class, enable_if_t<std::is_base_of_v<ntpages::Exposed, Class>>>
    : public type_caster_base<Class> {
public:
    bool load(handle source, bool convert) {
        if (!type_caster_base<Class>::load(source, convert)) return false;
        if (source.is_none() || made(source)) return true;
        throw type_error(std::string(str(type::handle_of(source).attr("__name__"))) +
                         ".__init__() was not called, or failed");
    }

private:
    static bool made(handle source) {
        auto* object = reinterpret_cast<instance*>(source.ptr());
        return object->get_value_and_holder().holder_constructed();
    }
};

}  // namespace pybind11::detail
