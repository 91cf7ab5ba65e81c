// processes/modules: the programs and DLLs in the address space of a process.
#include <array>
#include <cstdint>
#include <string_view>

#include "native/processes/process.hpp"
#include "native/regions/names.hpp"
#include "native/table/table.hpp"

namespace ntpages {
namespace {

constexpr std::array module_fields{
    Field{"name", Kind::text},
    Field{"base", Kind::u64},
    Field{"size", Kind::u64},
    Field{"path", Kind::text},
};

}  // namespace

// By what is mapped, not by the list that the process itself keeps: it may be half made, or have
// been changed, and one of 32 bits has two.
Table Process::modules() {
    const Lease::Use use(lease_);
    Names names(handle(Right::query));
    Rows<module_fields> rows;
    MEMORY_BASIC_INFORMATION region;
    std::uint64_t base = 0;
    std::uint64_t size = 0;
    const auto tell = [&] {
        if (size == 0) return;
        const auto path = names.of(reinterpret_cast<const void*>(base));
        const auto behind = path.find_last_of(L'\\');
        rows.append(behind == path.npos ? path : path.substr(behind + 1), base, size, path);
        size = 0;
    };
    for (std::uint64_t at = 0; find(at, region); at += region.RegionSize) {
        const auto allocation = reinterpret_cast<std::uint64_t>(region.AllocationBase);
        const auto is_image = region.State != MEM_FREE && region.Type == MEM_IMAGE;
        if (!is_image || allocation != base) tell();
        if (!is_image) continue;
        base = allocation;
        size += region.RegionSize;
    }
    tell();
    return rows.finish("Module");
}

}  // namespace ntpages
