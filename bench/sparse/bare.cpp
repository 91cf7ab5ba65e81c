// sparse/bare: touching memory that is committed already, and the barest handler that commits it.
#include <windows.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>

#include "bench/bare.hpp"

namespace ntpages::bare {
namespace {

// Memory from VirtualAlloc, freed with its object.
class Memory {
public:
    Memory(std::size_t size, DWORD kind)
        : size_(size),
          base_(static_cast<std::byte*>(VirtualAlloc(nullptr, size, kind, PAGE_READWRITE))) {
        if (!base_) throw std::bad_alloc();
    }
    ~Memory() { VirtualFree(base_, 0, MEM_RELEASE); }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    [[nodiscard]] std::byte* base() const noexcept { return base_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    std::size_t size_;
    std::byte* base_;
};

class Committed : public Memory {
public:
    explicit Committed(std::size_t size) : Memory(size, MEM_RESERVE | MEM_COMMIT) {}
};

// One range at a time, one chunk a fault, and nothing else that a real one has to look after.
class CommittedOnTouch : public Memory {
public:
    CommittedOnTouch(std::size_t size, std::size_t granule) : Memory(size, MEM_RESERVE) {
        begin = reinterpret_cast<std::uintptr_t>(base());
        end = begin + size;
        step = granule;
        handler_ = AddVectoredExceptionHandler(1, commit);
    }
    ~CommittedOnTouch() {
        RemoveVectoredExceptionHandler(handler_);
        if (begin == reinterpret_cast<std::uintptr_t>(base()))
            begin = end = 0;  // not a newer one's
    }
    CommittedOnTouch(const CommittedOnTouch&) = delete;
    CommittedOnTouch& operator=(const CommittedOnTouch&) = delete;

private:
    static LONG CALLBACK commit(EXCEPTION_POINTERS* raised) noexcept {
        const auto& record = *raised->ExceptionRecord;
        const auto address = static_cast<std::uintptr_t>(record.ExceptionInformation[1]);
        if (record.ExceptionCode != EXCEPTION_ACCESS_VIOLATION || address < begin ||
            address >= end) {
            return EXCEPTION_CONTINUE_SEARCH;
        }
        const auto touched = address - (address - begin) % step;
        const auto done =
            VirtualAlloc(reinterpret_cast<void*>(touched), step, MEM_COMMIT, PAGE_READWRITE);
        return done ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_CONTINUE_SEARCH;
    }

    static inline std::atomic<std::uintptr_t> begin{0};
    static inline std::atomic<std::uintptr_t> end{0};
    static inline std::atomic<std::size_t> step{0};
    void* handler_;
};

// Writes one byte in every page, and says how many.
std::size_t touch_pages(std::uintptr_t address, std::size_t size) {
    auto* const memory = reinterpret_cast<volatile char*>(address);
    std::size_t pages = 0;
    for (std::size_t at = 0; at < size; at += 4096, ++pages) memory[at] = 1;
    return pages;
}

// Writes single bytes all over the memory, the same ones each time.
std::size_t touch_anywhere(std::uintptr_t address, std::size_t size, std::size_t count) {
    auto* const memory = reinterpret_cast<volatile char*>(address);
    std::uint64_t state = 88172645463325252;
    for (std::size_t i = 0; i < count; ++i) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        memory[state % size] = 1;
    }
    return count;
}

// Copies a piece again and again to where there is room for all of it.
std::size_t append(Committed& memory, std::span<const char> piece) {
    std::size_t size = 0;
    for (; size + piece.size() <= memory.size(); size += piece.size()) {
        std::memcpy(memory.base() + size, piece.data(), piece.size());
    }
    return size;
}

void reserve_and_free(std::size_t size) {
    const Memory memory(size, MEM_RESERVE);
}

std::uintptr_t address(const Memory& memory) {
    return reinterpret_cast<std::uintptr_t>(memory.base());
}

}  // namespace

void bind_sparse(py::module_& module) {
    const py::call_guard<py::gil_scoped_release> release;
    py::class_<Memory>(module, "Memory").def_property_readonly("address", &address);
    py::class_<Committed, Memory>(module, "Committed").def(py::init<std::size_t>(), "size"_a);
    py::class_<CommittedOnTouch, Memory>(module, "CommittedOnTouch")
        .def(py::init<std::size_t, std::size_t>(), "size"_a, "chunk"_a);
    module.def("reserve_and_free", &reserve_and_free, "size"_a, release);
    module.def("touch_pages", &touch_pages, "address"_a, "size"_a, release);
    module.def("touch_anywhere", &touch_anywhere, "address"_a, "size"_a, "count"_a, release);
    module.def(
        "append",
        [](Committed& memory, std::string_view piece) {
            return append(memory, {piece.data(), piece.size()});
        },
        "memory"_a, "piece"_a, release);
}

}  // namespace ntpages::bare
