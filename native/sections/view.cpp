// sections/view: MapViewOfFile and its relatives, and what may be done with the pages.
#include "native/sections/view.hpp"

// After windows.h, which it needs.
#include <psapi.h>

#include <mutex>

#include "native/commit.hpp"
#include "native/regions/nt.hpp"
#include "native/regions/spans.hpp"
#include "native/sections/nt.hpp"

namespace ntpages {
namespace {

Mapped map_plain(HANDLE section, const ViewRequest& wish) {
    auto access = mapping_access(wish.protection);
    if (wish.large_pages) access |= nt::file_map_large_pages;
    const auto high = static_cast<DWORD>(wish.offset >> 32);
    const auto low = static_cast<DWORD>(wish.offset);
    auto* const at = reinterpret_cast<void*>(wish.at);
    if (wish.node == NUMA_NO_PREFERRED_NODE) {
        return Mapped(
            check(MapViewOfFileEx(section, access, high, low, wish.size, at), "MapViewOfFileEx"));
    }
    return Mapped(check(MapViewOfFileExNuma(section, access, high, low, wish.size, at, wish.node),
                        "MapViewOfFileExNuma"));
}

void* map_in_place(HANDLE section, const ViewRequest& wish, void* place) {
    auto type = nt::mem_replace_placeholder;
    if (wish.large_pages) type |= MEM_LARGE_PAGES;
    nt::ExtendedParameter node{nt::parameter_node, wish.node};
    const auto any_node = wish.node == NUMA_NO_PREFERRED_NODE;
    return check(
        nt::map_view_of_file3(section, GetCurrentProcess(), place, wish.offset, wish.size, type,
                              wish.protection, any_node ? nullptr : &node, any_node ? 0UL : 1UL),
        "MapViewOfFile3");
}

// Since Windows 10 1703 a view may silently have small pages, though the section has large ones:
// only a page that is there can tell.
bool has_large_pages(std::byte* base) {
    static_cast<void>(*static_cast<const volatile std::byte*>(base));
    PSAPI_WORKING_SET_EX_INFORMATION page{};
    page.VirtualAddress = base;
    check(K32QueryWorkingSetEx(GetCurrentProcess(), &page, sizeof(page)), "K32QueryWorkingSetEx");
    return page.VirtualAttributes.Valid != 0 && page.VirtualAttributes.LargePage != 0;
}

}  // namespace

DWORD mapping_access(DWORD protection) noexcept {
    switch (protection) {
        case PAGE_READONLY:
            return FILE_MAP_READ;
        case PAGE_WRITECOPY:
            return FILE_MAP_COPY;
        case PAGE_EXECUTE_READ:
            return FILE_MAP_READ | FILE_MAP_EXECUTE;
        case PAGE_EXECUTE_WRITECOPY:
            return FILE_MAP_COPY | FILE_MAP_EXECUTE;
        case PAGE_EXECUTE_READWRITE:
            return FILE_MAP_READ | FILE_MAP_WRITE | FILE_MAP_EXECUTE;
        default:
            return FILE_MAP_READ | FILE_MAP_WRITE;
    }
}

View::View(const Section& section, const ViewRequest& wish) : wish_(wish) {
    section.with_handle([&](HANDLE handle, const auto& file) {
        file_ = file;
        memory_ = map_plain(handle, wish_);
    });
    take(memory_.get());
}

View::View(const Section& section, const ViewRequest& wish, Placeholder& place) : wish_(wish) {
    section.with_handle([&](HANDLE handle, const auto& file) {
        file_ = file;
        place.give_up(
            [&](void* base, std::size_t) { memory_.reset(map_in_place(handle, wish_, base)); });
    });
    take(memory_.get());
}

void View::take(void* mapped) {
    base_ = static_cast<std::byte*>(mapped);
    if (!wish_.large_pages || !has_large_pages(base_)) return;
    page_ = check(GetLargePageMinimum(), "GetLargePageMinimum");
}

void View::close() {
    lease_.close([&] {
        check(UnmapViewOfFile(base_), "UnmapViewOfFile");
        static_cast<void>(memory_.release());
        file_.reset();
    });
}

Allocation View::vacate() {
    Lease::Alone alone(lease_);
    check(nt::unmap_view_of_file2(GetCurrentProcess(), base_, nt::mem_preserve_placeholder),
          "UnmapViewOfFile2");
    static_cast<void>(memory_.release());
    file_.reset();
    alone.close();
    Request place;
    place.size = wish_.size;
    return {{}, Pages(base_), place};
}

Range View::pages(Range bytes) const {
    require_part(bytes.offset, bytes.size, wish_.size);
    return whole_pages(bytes);
}

std::size_t View::committed() const {
    const Lease::Use use(lease_);
    return committed_in(base_, pages({0, wish_.size}));
}

Table View::spans(Range bytes) const {
    const Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    return spans_of(base_, pages(bytes));
}

Range View::commit(Range bytes) {
    const Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    const auto range = pages(bytes);
    commit_missing(base_, range, "VirtualAlloc", [&](Range part) {
        return VirtualAlloc(base_ + part.offset, part.size, MEM_COMMIT, wish_.protection);
    });
    return range;
}

ProtectedRange View::protect(Range bytes, DWORD protection) {
    const auto change = [&] {
        const auto range = pages(bytes);
        DWORD old = 0;
        check(VirtualProtect(base_ + range.offset, range.size, protection, &old), "VirtualProtect");
        return ProtectedRange{range, old};
    };
    if (!writable(protection)) {  // a view of Python's would come to be refused what it may do now
        const Lease::Alone alone(lease_);
        return change();
    }
    const Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    return change();
}

void View::flush(Range bytes) const {
    const Lease::Use use(lease_);
    require_part(bytes.offset, bytes.size, wish_.size);
    check(FlushViewOfFile(base_ + bytes.offset, bytes.size), "FlushViewOfFile");
    constexpr DWORD writing = PAGE_READWRITE | PAGE_EXECUTE_READWRITE;
    if (file_ && (wish_.protection & writing) != 0) {
        check(FlushFileBuffers(file_.get()), "FlushFileBuffers");
    }
}

Lent View::lend(Range bytes) {
    Lease::Use use(lease_);
    const std::scoped_lock lock(layout_);
    const auto readonly = !require_readable(base_, pages(bytes));
    use.add_view();
    return {base_ + bytes.offset, bytes.size, readonly};
}

}  // namespace ntpages
