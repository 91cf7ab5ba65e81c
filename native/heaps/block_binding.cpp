// heaps/block_binding: the Python type of a block. Written against Python's own API: making and
// freeing one is all that many programs do with a heap, and takes pybind11 about four times as
// long.
#include "native/heaps/block_binding.hpp"

#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string>

#include "docstrings/heaps/block.hpp"
#include "docstrings/heaps/heap.hpp"
#include "docstrings/heaps/pool.hpp"
#include "native/buffer.hpp"
#include "native/heaps/pool.hpp"
#include "native/method.hpp"

namespace ntpages {
namespace {

struct BlockObject {
    PyObject_HEAD std::optional<Block> block;  // empty until the memory has been had
};

PyTypeObject* block_type = nullptr;

Block& block_in(PyObject* self) {
    return *reinterpret_cast<BlockObject*>(self)->block;
}

// A pool's heap is never kept by a thread that waits for the GIL, so its blocks need not give it
// up.
template <typename Work>
void without_gil(Origin origin, Work work) {
    std::optional<py::gil_scoped_release> released;
    if (origin != Origin::pool) released.emplace();
    work();
}

// ---- What a block does ------------------------------------------------------------------------

void dealloc(PyObject* self) {
    auto* const type = Py_TYPE(self);
    auto& block = reinterpret_cast<BlockObject*>(self)->block;
    if (block && block->live()) {
        without_gil(block->origin(), [&] { block.reset(); });
    }
    std::destroy_at(&block);
    type->tp_free(self);
    Py_DECREF(type);
}

PyObject* free_block(PyObject* self, PyObject*) {
    return answer([&] {
        auto& block = block_in(self);
        without_gil(block.origin(), [&] { block.free(); });
        return Py_NewRef(Py_None);
    });
}

PyObject* enter(PyObject* self, PyObject*) {
    return Py_NewRef(self);
}

PyObject* leave(PyObject* self, PyObject*) {
    return answer([&] {
        auto& block = block_in(self);
        try {
            if (block.live()) without_gil(block.origin(), [&] { block.free(); });
        } catch (const Closed&) {  // another thread was faster
        }
        return Py_NewRef(Py_None);
    });
}

PyObject* describe(PyObject* self) {
    return answer([&] {
        auto& block = block_in(self);
        if (!block.live()) return PyUnicode_FromString("<Block, freed>");
        std::array<char, 17> digits{};  // of 64 bits, and the end
        std::to_chars(digits.data(), digits.data() + 16, block.address(), 16);
        return PyUnicode_FromFormat("<Block at 0x%s: %zu bytes>", digits.data(), block.size());
    });
}

PyObject* get_address(PyObject* self, void*) {
    return answer([&] { return PyLong_FromSize_t(block_in(self).address()); });
}

PyObject* get_size(PyObject* self, void*) {
    return answer([&] { return PyLong_FromSize_t(block_in(self).size()); });
}

PyObject* get_live(PyObject* self, void*) {
    return PyBool_FromLong(block_in(self).live());
}

PyObject* refuse_copy(PyObject*, PyObject*) {
    PyErr_SetString(PyExc_TypeError, "a Block can't be copied or pickled; copy its bytes");
    return nullptr;
}

constexpr Described about_free("free($self, /)", docs::Block::free);

PyMethodDef methods[] = {
    {"free", free_block, METH_NOARGS, about_free.text.data()},
    {"__enter__", enter, METH_NOARGS, nullptr},
    {"__reduce__", refuse_copy, METH_NOARGS, nullptr},
    {"__exit__", leave, METH_VARARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef properties[] = {
    {"address", get_address, nullptr, docs::Block::address, nullptr},
    {"size", get_size, nullptr, docs::Block::size, nullptr},
    {"live", get_live, nullptr, docs::Block::live, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

// ---- Where blocks come from -------------------------------------------------------------------

struct Asked {
    PyObject* size = nullptr;
    bool zero = false;
};

// The arguments of allocate(size, *, zero) or, without a size, of allocate(*, zero).
Asked read(PyObject* const* arguments, Py_ssize_t positional, PyObject* names, bool sized) {
    const auto refuse = [&] {
        throw py::type_error(sized ? "call it as allocate(size, *, zero=False)"
                                   : "call it as allocate(*, zero=False)");
    };
    Asked asked;
    if (positional > (sized ? 1 : 0)) refuse();
    if (positional == 1) asked.size = arguments[0];
    for (Py_ssize_t i = 0; names && i < PyTuple_GET_SIZE(names); ++i) {
        auto* const name = PyTuple_GET_ITEM(names, i);
        auto* const value = arguments[positional + i];
        if (PyUnicode_CompareWithASCIIString(name, "zero") == 0) {
            if (!PyBool_Check(value))
                throw py::type_error("zero must be a bool, not " + shown(value));
            asked.zero = value == Py_True;
        } else if (sized && !asked.size && PyUnicode_CompareWithASCIIString(name, "size") == 0) {
            asked.size = value;
        } else {
            refuse();
        }
    }
    if (sized && !asked.size) refuse();
    return asked;
}

std::size_t bytes_from(PyObject* number) {
    if (!PyIndex_Check(number) || PyBool_Check(number)) {
        throw py::type_error("size must be an int, not " + shown(number));
    }
    const auto size = PyNumber_AsSsize_t(number, nullptr);  // out of range: the nearest in range
    if (size == -1 && PyErr_Occurred()) throw py::error_already_set();
    if (size < 0 || size == PY_SSIZE_T_MAX) {
        const auto plain = py::reinterpret_steal<py::object>(PyNumber_Index(number));
        if (!plain) throw py::error_already_set();
        throw py::value_error("size must be from 0 to 2**63 - 2 bytes, not " + digits(plain));
    }
    return static_cast<std::size_t>(size);
}

// The object comes first: memory without an owner would be lost if there were none left for it.
PyObject* make_block(Heap& heap, std::size_t size, bool zero) {
    const auto made = py::reinterpret_steal<py::object>(block_type->tp_alloc(block_type, 0));
    if (!made) throw py::error_already_set();
    auto& block = *std::construct_at(&reinterpret_cast<BlockObject*>(made.ptr())->block);
    without_gil(heap.origin(),
                [&] { block.emplace(heap.shared_from_this(), heap.allocate(size, zero), size); });
    return made.inc_ref().ptr();
}

PyObject* allocate_from_heap(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                             PyObject* names) {
    return answer([&] {
        const auto asked = read(arguments, count, names, true);
        auto& heap = py::handle(self).cast<Heap&>();
        return make_block(heap, bytes_from(asked.size), asked.zero);
    });
}

PyObject* allocate_from_pool(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                             PyObject* names) {
    return answer([&] {
        const auto asked = read(arguments, count, names, false);
        auto& pool = py::handle(self).cast<Pool&>();
        return make_block(*pool.heap(), pool.item_size(), asked.zero);
    });
}

constexpr Described about_heap_allocate("allocate($self, size, *, zero=False)",
                                        docs::Heap::allocate);
constexpr Described about_pool_allocate("allocate($self, *, zero=False)", docs::Pool::allocate);

PyMethodDef heap_allocate = {"allocate", method(allocate_from_heap), METH_FASTCALL | METH_KEYWORDS,
                             about_heap_allocate.text.data()};
PyMethodDef pool_allocate = {"allocate", method(allocate_from_pool), METH_FASTCALL | METH_KEYWORDS,
                             about_pool_allocate.text.data()};

}  // namespace

Block& block_of(py::handle object) {
    if (Py_TYPE(object.ptr()) != block_type) {
        throw py::type_error("block must be a Block, not " + shown(object));
    }
    return block_in(object.ptr());
}

void bind_blocks(py::module_& module, py::handle heap, py::handle pool) {
    constexpr getbufferproc lend = &lend_buffer<Block, &block_in>;
    constexpr releasebufferproc take_back = &take_buffer_back<Block, &block_in>;
    PyType_Slot slots[] = {
        {Py_tp_doc, const_cast<char*>(docs::Block::self)},
        {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
        {Py_tp_repr, reinterpret_cast<void*>(describe)},
        {Py_tp_methods, methods},
        {Py_tp_getset, properties},
        {Py_bf_getbuffer, reinterpret_cast<void*>(lend)},
        {Py_bf_releasebuffer, reinterpret_cast<void*>(take_back)},
        {0, nullptr},
    };
    PyType_Spec spec = {"ntpages._native.heaps.Block", sizeof(BlockObject), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
    const auto type = py::reinterpret_steal<py::object>(PyType_FromSpec(&spec));
    if (!type) throw py::error_already_set();
    block_type = reinterpret_cast<PyTypeObject*>(type.inc_ref().ptr());
    module.attr("Block") = type;
    add_method(heap, heap_allocate);
    add_method(pool, pool_allocate);
}

}  // namespace ntpages
