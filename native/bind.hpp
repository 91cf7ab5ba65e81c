// bind: the only include of pybind11, and the list of rooms.
#pragma once

#include <pybind11/native_enum.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <type_traits>

#include "native/handle.hpp"

namespace ntpages::py {

using namespace pybind11;

// Stands before pybind11's own, so that no class is bound without the guard below.
template <typename Class, typename... Options>
class class_ : public pybind11::class_<Class, Options...> {
    static_assert(std::is_base_of_v<Exposed, Class>,
                  "a class that Python makes objects of derives from Exposed");

public:
    using pybind11::class_<Class, Options...>::class_;
};

}  // namespace ntpages::py

namespace ntpages {

using namespace pybind11::literals;

// For every binding that calls Windows: the work knows no Python.
using ReleaseGil = py::call_guard<py::gil_scoped_release>;

void bind_errors(py::module_& module);
void bind_table(py::module_& module);
void bind_system(py::module_& module);
void bind_privileges(py::module_& module);
void bind_memory_lists(py::module_& module);
void bind_regions(py::module_& module);
void bind_sparse(py::module_& module);
void bind_write_watch(py::module_& module);
void bind_awe(py::module_& module);
void bind_numa(py::module_& module);
void bind_heaps(py::module_& module);
void bind_processes(py::module_& module);
void bind_working_sets(py::module_& module);
void bind_doctor(py::module_& module);

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
