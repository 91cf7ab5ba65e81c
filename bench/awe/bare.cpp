// awe/bare: showing physical pages through a window, part after part.
#include <windows.h>

#include <cstddef>
#include <new>
#include <stdexcept>
#include <vector>

#include "bench/bare.hpp"

namespace ntpages::bare {
namespace {

// The privilege is the caller's to enable.
class PhysicalPages {
public:
    PhysicalPages(std::size_t count, std::size_t shown)
        : numbers_(count),
          shown_(shown),
          window_(VirtualAlloc(nullptr, shown * 4096, MEM_RESERVE | MEM_PHYSICAL, PAGE_READWRITE)) {
        auto obtained = static_cast<ULONG_PTR>(count);
        if (!window_) throw std::bad_alloc();
        if (!AllocateUserPhysicalPages(GetCurrentProcess(), &obtained, numbers_.data())) {
            throw std::runtime_error("AllocateUserPhysicalPages");
        }
        numbers_.resize(obtained);
    }
    ~PhysicalPages() {
        auto count = static_cast<ULONG_PTR>(numbers_.size());
        MapUserPhysicalPages(window_, shown_, nullptr);
        FreeUserPhysicalPages(GetCurrentProcess(), &count, numbers_.data());
        VirtualFree(window_, 0, MEM_RELEASE);
    }
    PhysicalPages(const PhysicalPages&) = delete;
    PhysicalPages& operator=(const PhysicalPages&) = delete;

    std::size_t show_all() {
        std::size_t shown = 0;
        for (std::size_t first = 0; first + shown_ <= numbers_.size(); first += shown_) {
            if (!MapUserPhysicalPages(window_, shown_, &numbers_[first])) break;
            shown += shown_;
            MapUserPhysicalPages(window_, shown_, nullptr);
        }
        return shown;
    }

private:
    std::vector<ULONG_PTR> numbers_;
    std::size_t shown_;
    void* window_;
};

}  // namespace

void bind_awe(py::module_& module) {
    py::class_<PhysicalPages>(module, "PhysicalPages")
        .def(py::init<std::size_t, std::size_t>(), "count"_a, "shown"_a)
        .def("show_all", &PhysicalPages::show_all);
}

}  // namespace ntpages::bare
