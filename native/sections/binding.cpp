// sections/binding: how sections, views and rings reach Python.
#include <optional>
#include <string>
#include <tuple>

#include "docstrings/sections/ring.hpp"
#include "docstrings/sections/section.hpp"
#include "docstrings/sections/view.hpp"
#include "native/bind.hpp"
#include "native/buffer.hpp"
#include "native/method.hpp"
#include "native/sections/nt.hpp"
#include "native/sections/ring.hpp"
#include "native/sections/section.hpp"
#include "native/sections/view.hpp"

namespace ntpages {
namespace {

// The members of SectionRequest, in their order: Python's Request has them too.
using Wishes =
    std::tuple<std::uint64_t, DWORD, DWORD, DWORD, std::string, std::string, std::uintptr_t, bool>;

SectionRequest request_of(const Wishes& wishes) {
    return std::apply([](auto... each) { return SectionRequest{each...}; }, wishes);
}

// ---- Sections and views -------------------------------------------------------------------------

// Some bytes of a view, lent on their own: the rest need not be committed.
class ViewPart : public Exposed {
public:
    ViewPart(View& view, std::size_t offset, std::size_t size)
        : view_(view), bytes_{offset, size} {}

    Lent lend(bool) { return view_.lend(bytes_); }
    void give_back() noexcept { view_.give_back(); }

private:
    View& view_;
    const Range bytes_;
};

// The members of ViewRequest, in their order.
using ViewWishes = std::tuple<std::uint64_t, std::size_t, DWORD, std::uintptr_t, DWORD, bool>;

std::unique_ptr<View> make_view(const Section& section, const ViewWishes& wishes,
                                Placeholder* place) {
    const auto wish = std::apply([](auto... each) { return ViewRequest{each...}; }, wishes);
    return place ? std::make_unique<View>(section, wish, *place)
                 : std::make_unique<View>(section, wish);
}

py::tuple pair(Range range) {
    return py::make_tuple(range.offset, range.size);
}

// Windows' own flags, as an IntFlag class: pybind11 wants an enum of ours.
enum class Attributes : std::uint32_t {};

py::tuple facts_of(const Section& section) {
    const auto facts = [&] {
        const py::gil_scoped_release released;
        return section.facts();
    }();
    return py::make_tuple(facts.size, facts.attributes);
}

// Whether large pages are there, beside the size.
py::tuple extent_of(const Section& section) {
    const auto extent = [&] {
        const py::gil_scoped_release released;
        return section.extent();
    }();
    return py::make_tuple(extent.size, extent.large_pages);
}

void bind_section(py::module_& module) {
    py::native_enum<Attributes>(module, "Attributes", "enum.IntFlag", docs::Attributes::self)
        .value("FILE", Attributes{SEC_FILE})
        .value("IMAGE", Attributes{SEC_IMAGE})
        .value("RESERVE", Attributes{SEC_RESERVE})
        .value("COMMIT", Attributes{SEC_COMMIT})
        .value("NOCACHE", Attributes{SEC_NOCACHE})
        .value("WRITECOMBINE", Attributes{SEC_WRITECOMBINE})
        .value("LARGE_PAGES", Attributes{SEC_LARGE_PAGES})
        .finalize();
    py::class_<Section>(module, "Section")
        .def(py::init([](const Wishes& wishes) {
                 return std::make_unique<Section>(request_of(wishes));
             }),
             "wishes"_a, ReleaseGil())
        .def(py::init<const std::string&, DWORD>(), "name"_a, "protection"_a, ReleaseGil())
        .def("close", &Section::close, docs::Section::close, ReleaseGil())
        .def_property_readonly("closed", &Section::closed, docs::Section::closed)
        .def_property_readonly(
            "size",
            py::cpp_function([](const Section& self) { return self.facts().size; }, ReleaseGil()),
            docs::Section::size)
        .def_property_readonly("name", &Section::name, docs::Section::name)
        .def_property_readonly("created", &Section::created, docs::Section::created)
        .def_property_readonly("security", py::cpp_function(&Section::security, ReleaseGil()),
                               docs::Section::security)
        .def_property_readonly("_facts", &facts_of)
        .def_property_readonly("_extent", &extent_of)
        .def_property_readonly("_protection", &Section::protection)
        .def_property_readonly("_node", &Section::node);
}

void bind_view(py::module_& module) {
    py::class_<View>(module, "View", py::custom_type_setup(&lend_bytes<View>))
        .def(py::init(&make_view), "section"_a, "wishes"_a, "place"_a.none(true), ReleaseGil())
        .def("close", &View::close, docs::View::close, ReleaseGil())
        .def_property_readonly("closed", &View::closed, docs::View::closed)
        .def_property_readonly(
            "address",
            [](const View& self) { return reinterpret_cast<std::uintptr_t>(self.base()); },
            docs::View::address)
        .def_property_readonly("size", &View::size, docs::View::size)
        .def_property_readonly("offset", &View::offset, docs::View::offset)
        .def_property_readonly("page_size", &View::page, docs::View::page_size)
        .def_property_readonly("committed", py::cpp_function(&View::committed, ReleaseGil()),
                               docs::View::committed)
        .def_property_readonly("_protection", &View::protection)
        .def("_vacate", &View::vacate, ReleaseGil())
        .def(
            "_spans",
            [](const View& self, std::size_t offset, std::size_t size) {
                return self.spans({offset, size});
            },
            "offset"_a, "size"_a, ReleaseGil())
        .def(
            "_commit",
            [](View& self, std::size_t offset, std::size_t size) {
                const auto range = [&] {
                    const py::gil_scoped_release released;
                    return self.commit({offset, size});
                }();
                return pair(range);
            },
            "offset"_a, "size"_a)
        .def(
            "_protect",
            [](View& self, std::size_t offset, std::size_t size, DWORD protection) {
                const auto changed = [&] {
                    const py::gil_scoped_release released;
                    return self.protect({offset, size}, protection);
                }();
                return py::make_tuple(changed.range.offset, changed.range.size, changed.old);
            },
            "offset"_a, "size"_a, "protection"_a)
        .def(
            "_flush",
            [](const View& self, std::size_t offset, std::size_t size) {
                self.flush({offset, size});
            },
            "offset"_a, "size"_a, ReleaseGil());
    py::class_<ViewPart>(module, "ViewPart", py::custom_type_setup(&lend_part_of<ViewPart>))
        .def(py::init<View&, std::size_t, std::size_t>(), "view"_a, "offset"_a, "size"_a,
             py::keep_alive<1, 2>());
}

// ---- Rings --------------------------------------------------------------------------------------

// Bytes of a ring in place: room for what will be pushed, or what is to be pulled.
class RingPart : public Exposed {
public:
    RingPart(Ring& ring, std::size_t size, bool room) : ring_(ring), size_(size), room_(room) {}

    Lent lend(bool) { return room_ ? ring_.lend_room(size_) : ring_.lend_filled(size_); }
    void give_back() noexcept { ring_.give_back(); }

private:
    Ring& ring_;
    const std::size_t size_;
    const bool room_;
};

constexpr std::size_t much = 256 * 1024;  // bytes to copy that other threads need not wait for

bool push(Ring& ring, std::span<const std::byte> bytes) {
    if (bytes.size() > ring.size()) {
        throw py::value_error("data must be at most " + std::to_string(ring.size()) +
                              " bytes, which the ring holds, not " + std::to_string(bytes.size()));
    }
    std::optional<py::gil_scoped_release> released;
    if (bytes.size() >= much) released.emplace();
    return ring.push(bytes);
}

PyObject* push_data(PyObject* self, PyObject* data) {
    return answer([&] {
        auto& ring = self_as<Ring>(self);
        if (PyBytes_CheckExact(data)) {
            const auto* const start = reinterpret_cast<const std::byte*>(PyBytes_AS_STRING(data));
            return PyBool_FromLong(
                push(ring, {start, static_cast<std::size_t>(PyBytes_GET_SIZE(data))}));
        }
        if (!PyObject_CheckBuffer(data)) {
            throw py::type_error("data must be bytes or another buffer, not " + shown(data));
        }
        const Borrowed borrowed(data);
        return PyBool_FromLong(push(ring, borrowed.bytes()));
    });
}

// From 1 byte to all that the ring holds.
std::size_t size_in(const Ring& ring, PyObject* number) {
    if (!PyIndex_Check(number) || PyBool_Check(number)) {
        throw py::type_error("size must be an int, not " + shown(number));
    }
    const auto size = PyNumber_AsSsize_t(number, nullptr);  // out of range: the nearest in range
    if (size == -1 && PyErr_Occurred()) throw py::error_already_set();
    if (size < 1 || static_cast<std::size_t>(size) > ring.size()) {
        const auto plain = py::reinterpret_steal<py::object>(PyNumber_Index(number));
        if (!plain) throw py::error_already_set();
        throw py::value_error("size must be from 1 to " + std::to_string(ring.size()) +
                              " bytes, not " + digits(plain));
    }
    return static_cast<std::size_t>(size);
}

py::object new_bytes(std::size_t size) {
    auto made = py::reinterpret_steal<py::object>(
        PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size)));
    if (!made) throw py::error_already_set();
    return made;
}

void copy(std::span<const std::byte> from, const py::object& to) {
    std::memcpy(PyBytes_AS_STRING(to.ptr()), from.data(), from.size());
}

PyObject* pull_data(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    return answer([&] {
        auto& ring = self_as<Ring>(self);
        if (count > 1) throw py::type_error("call it as pull(size=None)");
        const auto all = count == 0 || arguments[0] == Py_None;
        const auto wanted = all ? 0 : size_in(ring, arguments[0]);
        py::object bytes;
        const auto size = wanted >= much || all ? ring.filled() : wanted;
        if (size >= much && size >= wanted) {
            const auto taken = all ? size : wanted;
            bytes = new_bytes(taken);
            const py::gil_scoped_release released;
            ring.pull(taken, [&](auto found) { copy(found, bytes); });
        } else if (!ring.pull(wanted, [&](auto found) {
                       bytes = new_bytes(found.size());
                       copy(found, bytes);
                   })) {
            bytes = new_bytes(0);
        }
        return bytes.release().ptr();
    });
}

PyObject* pull_into_buffer(PyObject* self, PyObject* buffer) {
    return answer([&] {
        auto& ring = self_as<Ring>(self);
        if (!PyObject_CheckBuffer(buffer)) {
            throw py::type_error("buffer must be one that can be written to, not " + shown(buffer));
        }
        const Borrowed borrowed(buffer, PyBUF_WRITABLE);
        const auto bytes = borrowed.bytes();
        std::optional<py::gil_scoped_release> released;
        if (bytes.size() >= much) released.emplace();
        const auto pulled = ring.pull_into(bytes);
        released.reset();
        return PyLong_FromSize_t(pulled);
    });
}

constexpr Described about_push("push($self, data, /)", docs::Ring::push);
constexpr Described about_pull("pull($self, size=None, /)", docs::Ring::pull);
constexpr Described about_pull_into("pull_into($self, buffer, /)", docs::Ring::pull_into);

using Positional = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t);

PyMethodDef push_method = {"push", push_data, METH_O, about_push.text.data()};
PyMethodDef pull_into_method = {"pull_into", pull_into_buffer, METH_O, about_pull_into.text.data()};
PyMethodDef pull_method = {
    "pull",
    reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(static_cast<Positional>(pull_data))),
    METH_FASTCALL, about_pull.text.data()};

void bind_ring(py::module_& module) {
    py::class_<Ring> ring(module, "Ring");
    ring.def(py::init(
                 [](const Wishes& wishes) { return std::make_unique<Ring>(request_of(wishes)); }),
             "wishes"_a, ReleaseGil())
        .def(py::init<const std::string&>(), "name"_a, ReleaseGil())
        .def("close", &Ring::close, docs::Ring::close, ReleaseGil())
        .def_property_readonly("closed", &Ring::closed, docs::Ring::closed)
        .def_property_readonly("size", &Ring::size, docs::Ring::size)
        .def_property_readonly(
            "address",
            [](const Ring& self) { return reinterpret_cast<std::uintptr_t>(self.base()); },
            docs::Ring::address)
        .def_property_readonly("name", &Ring::name, docs::Ring::name)
        .def_property_readonly("filled", &Ring::filled, docs::Ring::filled)
        .def_property_readonly("security", py::cpp_function(&Ring::security, ReleaseGil()),
                               docs::Ring::security)
        .def("_publish", &Ring::publish, "size"_a)
        .def("_consume", &Ring::consume, "size"_a);
    add_method(ring, push_method);
    add_method(ring, pull_method);
    add_method(ring, pull_into_method);
    module.attr("RING_OVERHEAD") = Ring::granularity;
    py::class_<RingPart>(module, "RingPart", py::custom_type_setup(&lend_part_of<RingPart>))
        .def(py::init<Ring&, std::size_t, bool>(), "ring"_a, "size"_a, "room"_a,
             py::keep_alive<1, 2>());
}

}  // namespace

// A leading underscore marks what ntpages.sections builds on; the rest it inherits as it is.
void bind_sections(py::module_& module) {
    bind_section(module);
    bind_view(module);
    bind_ring(module);
}

}  // namespace ntpages
