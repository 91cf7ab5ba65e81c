// buffer: lends native memory to Python as one flat buffer of bytes, and counts the views; borrows
// Python's memory for the length of a call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "native/bind.hpp"
#include "native/lease.hpp"

namespace ntpages {

// The two slots of a type whose objects lend their memory. `memory_of` finds the memory of an
// object: any class with `Lent lend(bool writable)`, which counts the view and throws where it
// can't be had, and `void give_back() noexcept`.
template <typename Memory, Memory& (*memory_of)(PyObject*)>
int lend_buffer(PyObject* self, Py_buffer* view, int flags) {
    try {
        auto& memory = memory_of(self);
        const auto lent = memory.lend((flags & PyBUF_WRITABLE) == PyBUF_WRITABLE);
        if (PyBuffer_FillInfo(view, self, lent.data, static_cast<Py_ssize_t>(lent.size),
                              lent.readonly, flags) == 0) {
            return 0;
        }
        memory.give_back();
    } catch (const Closed& closed) {
        PyErr_Format(PyExc_ValueError, "%s is closed", closed.what());
    } catch (const py::type_error& never_made) {
        never_made.set_error();
    } catch (const Error&) {
        py::detail::try_translate_exceptions();  // Windows' own word, with its code
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_BufferError, error.what());
    }
    view->obj = nullptr;
    return -1;
}

template <typename Memory, Memory& (*memory_of)(PyObject*)>
void take_buffer_back(PyObject* self, Py_buffer*) {
    memory_of(self).give_back();
}

template <typename Memory>
Memory& memory_in(PyObject* self) {
    return py::handle(self).cast<Memory&>();
}

// For py::custom_type_setup: pybind11's own slots don't tell when a view ends.
template <typename Memory>
void lend_bytes(PyHeapTypeObject* type) {
    type->ht_type.tp_as_buffer = &type->as_buffer;
    type->as_buffer.bf_getbuffer = &lend_buffer<Memory, &memory_in<Memory>>;
    type->as_buffer.bf_releasebuffer = &take_buffer_back<Memory, &memory_in<Memory>>;
}

// The same for a part of an object, which it keeps.
template <typename Part>
void lend_part_of(PyHeapTypeObject* type) {
    lend_bytes<Part>(type);
    show_kept(type);
}

// The bytes of any contiguous Python buffer. They stay where they are while this lives, also
// without the GIL; to make it and to drop it takes the GIL.
class Borrowed {
public:
    explicit Borrowed(const py::handle& object, int flags = PyBUF_SIMPLE) {
        if (PyObject_GetBuffer(object.ptr(), &view_, flags) != 0) throw py::error_already_set();
    }
    ~Borrowed() { PyBuffer_Release(&view_); }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;

    [[nodiscard]] const Py_buffer& view() const noexcept { return view_; }
    [[nodiscard]] std::span<std::byte> bytes() const noexcept {
        return {static_cast<std::byte*>(view_.buf), static_cast<std::size_t>(view_.len)};
    }

private:
    Py_buffer view_{};
};

// Addresses as Python has them: a buffer of 64-bit numbers is used where it lies, a sequence of
// ints is copied. Needs the GIL at both ends.
class Addresses {
public:
    explicit Addresses(const py::object& given) {
        if (PyObject_CheckBuffer(given.ptr()) != 0) {
            borrowed_.emplace(given, PyBUF_FORMAT | PyBUF_ND);
            const auto& view = borrowed_->view();
            const std::string_view format = view.format ? view.format : "B";
            if (view.itemsize != 8 || format.find_first_not_of("<=@QLqlN") != format.npos) {
                throw py::type_error("addresses must be 64-bit integers");
            }
            addresses_ = {static_cast<const std::uint64_t*>(view.buf),
                          static_cast<std::size_t>(view.len) / 8};
            return;
        }
        for (const auto& address : given) {
            copied_.push_back(PyLong_AsUnsignedLongLong(address.ptr()));
            if (PyErr_Occurred()) throw py::error_already_set();
        }
        addresses_ = copied_;
    }

    [[nodiscard]] std::span<const std::uint64_t> get() const noexcept { return addresses_; }

private:
    std::optional<Borrowed> borrowed_;
    std::vector<std::uint64_t> copied_;
    std::span<const std::uint64_t> addresses_;
};

}  // namespace ntpages
