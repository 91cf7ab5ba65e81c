// record: what a call answers, as a frozen dataclass whose fields C++ keeps.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "native/bind.hpp"

namespace ntpages {

// What a stub says of a field; native/docstrings.py writes one for each.
struct SaidOfField {
    const char* name;
    const char* annotation;
    const char* docstring;
};

template <typename Record, typename Value>
struct RecordField {
    SaidOfField said;
    Value Record::* member;
};

template <typename Record, typename Value>
RecordField<Record, Value> field(SaidOfField said, Value Record::* member) {
    return {said, member};
}

// Nothing in a record changes: what C++ keeps in a row is a tuple.
template <typename Value>
py::object frozen(const Value& value) {
    return py::cast(value);
}
template <typename Item, std::size_t size>
py::object frozen(const std::array<Item, size>& items) {
    return py::tuple(py::cast(items));
}
template <typename Item>
py::object frozen(const std::vector<Item>& items) {
    return py::tuple(py::cast(items));
}

// What an annotation speaks of: words of typing, and classes of the room that are bound before.
inline py::dict names_for_annotations(const py::module_& module) {
    py::dict names = py::module_::import("typing").attr("__dict__").attr("copy")();
    names.attr("update")(module.attr("__dict__"));
    return names;
}

// A value as repr() shows it in a record: addresses as everywhere.
inline std::string told(const char* name, const py::object& value) {
    const char* const how = std::string_view(name) == "address" ? "hex" : "repr";
    return std::string(py::str(py::module_::import("builtins").attr(how)(value)));
}

// Python's own decorator adds what all dataclasses have: equality, hash, fields(), replace().
template <typename Record, typename... Values>
py::class_<Record> bind_record(py::module_& module, const char* name, const char* docstring,
                               RecordField<Record, Values>... fields) {
    py::class_<Record> type(module, name, docstring);
    type.def(py::init([fields...](Values... values) {
                 Record record{};
                 ((record.*fields.member = std::move(values)), ...);
                 return record;
             }),
             py::arg(fields.said.name)...);
    type.def(py::init([name, fields...](const py::args&, const py::kwargs&) -> Record {
        std::string wanted;
        ((wanted += std::string(wanted.empty() ? "" : ", ") + fields.said.name + ": " +
                    fields.said.annotation),
         ...);
        throw py::type_error(std::string("call it as ") + name + "(" + wanted + ")");
    }));
    py::dict annotations;
    const auto names = names_for_annotations(module);
    const auto add = [&](const auto& each) {
        type.def_property_readonly(
            each.said.name,
            [member = each.member](const Record& self) { return frozen(self.*member); },
            each.said.docstring);
        annotations[each.said.name] = py::eval(each.said.annotation, names);
    };
    (add(fields), ...);
    type.attr("__reduce__") = py::cpp_function(  // in the place of the one that refuses
        [type = py::handle(type), fields...](const Record& record) {
            return py::make_tuple(type, py::make_tuple(frozen(record.*fields.member)...));
        },
        py::is_method(type), py::name("__reduce__"));
    type.def("__repr__", [name, fields...](const Record& record) {
        std::string cells;
        ((cells += std::string(cells.empty() ? "" : ", ") + fields.said.name + "=" +
                   told(fields.said.name, frozen(record.*fields.member))),
         ...);
        return std::string(name) + "(" + cells + ")";
    });
    type.attr("__annotations__") = annotations;
    py::module_::import("dataclasses").attr("dataclass")(type, "init"_a = false, "frozen"_a = true);
    return type;
}

}  // namespace ntpages
