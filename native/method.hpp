// method: methods written against Python's own API, for what is called by the million: pybind11
// takes about four times as long.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "native/bind.hpp"

namespace ntpages {

// Runs the work of one call, and turns what it throws into Python's error and a null result.
template <typename Work>
PyObject* answer(Work work) noexcept {
    try {
        return work();
    } catch (...) {
        py::detail::try_translate_exceptions();
        return nullptr;
    }
}

// What a method is called on. pybind11's own way there takes longer than most of what these do.
template <typename Class>
Class& self_as(PyObject* self) {
    const auto* const made = reinterpret_cast<py::detail::instance*>(self);
    if (made->simple_layout && made->simple_holder_constructed) {
        return *static_cast<Class*>(made->simple_value_holder[0]);
    }
    return py::handle(self).cast<Class&>();  // says what it lacks
}

// What Python wants of a method in one text: how it is called, and what it does.
struct Described {
    constexpr Described(std::string_view signature, std::string_view docstring) {
        auto* end = text.data();
        for (const auto part : {signature, std::string_view("\n--\n\n"), docstring}) {
            for (const auto letter : part) *end++ = letter;
        }
    }
    std::array<char, 1280> text{};  // a longer one does not compile
};

// As ntpages.arguments shows a number: at no length that nobody reads.
inline std::string digits(const py::object& number) {
    const auto bits = number.attr("bit_length")().cast<std::size_t>();
    if (bits > 128) return "a number of " + std::to_string(bits) + " bits";
    return shown(number);
}

using Fast = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);

// Python keeps all methods under one type, and tells them apart by their flags.
inline PyCFunction method(Fast function) {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

inline void add_method(py::handle type, PyMethodDef& definition) {
    const auto made = py::reinterpret_steal<py::object>(
        PyDescr_NewMethod(reinterpret_cast<PyTypeObject*>(type.ptr()), &definition));
    if (!made) throw py::error_already_set();
    type.attr(definition.ml_name) = made;
}

}  // namespace ntpages
