// regions/walk: the address space of a process, region by region.
#include <windows.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "native/processes/process.hpp"
#include "native/regions/landmarks.hpp"
#include "native/regions/names.hpp"
#include "native/regions/nt.hpp"
#include "native/regions/nt_walk.hpp"
#include "native/regions/walk.hpp"
#include "native/table/table.hpp"
#include "native/working_sets/resident.hpp"

namespace ntpages {
namespace {

enum class State : std::uint8_t { free, reserve, commit };
enum class Type : std::uint8_t { none, priv, mapped, image };
constexpr std::array state_labels{"free", "reserve", "commit"};
constexpr std::array type_labels{"none", "private", "mapped", "image"};

constexpr std::array columns{
    Field{"address", Kind::u64},
    Field{"size", Kind::u64},
    Field{"state", Kind::u8, state_labels},
    Field{"protection", Kind::u32},
    Field{"type", Kind::u8, type_labels},
    Field{"use", Kind::u8, use_labels},
    Field{"thread", Kind::u32},
    Field{"allocation_base", Kind::u64},
    Field{"allocation_protection", Kind::u32},
    Field{"traits", Kind::u32},
    Field{"name", Kind::text},
};

// Behind them, where it is asked for, the bytes that are in the working set.
constexpr std::array resident_columns{
    Field{"resident", Kind::u64},           Field{"resident_private", Kind::u64},
    Field{"resident_shareable", Kind::u64}, Field{"resident_shared", Kind::u64},
    Field{"resident_locked", Kind::u64},    Field{"resident_large", Kind::u64},
};
constexpr auto all_columns = [] {
    std::array<Field, columns.size() + resident_columns.size()> all{};
    std::ranges::copy(columns, all.begin());
    std::ranges::copy(resident_columns, all.begin() + columns.size());
    return all;
}();

constexpr State state_of(DWORD state) {
    return state == MEM_COMMIT    ? State::commit
           : state == MEM_RESERVE ? State::reserve
                                  : State::free;
}

constexpr Type type_of(DWORD type) {
    return type == MEM_IMAGE     ? Type::image
           : type == MEM_MAPPED  ? Type::mapped
           : type == MEM_PRIVATE ? Type::priv
                                 : Type::none;
}

// What nobody needs to be asked for.
constexpr Use plain_use(const MEMORY_BASIC_INFORMATION& region) {
    return region.Type == MEM_IMAGE    ? Use::image
           : region.Type == MEM_MAPPED ? Use::mapped
                                       : Use::taken;
}

constexpr std::uint64_t granule = 64 * 1024;  // where allocations begin

std::uint64_t number(const void* address) {
    return reinterpret_cast<std::uintptr_t>(address);
}

// Turns what VirtualQueryEx says, in the order of addresses, into rows.
template <const auto& fields>
class Walk {
public:
    Walk(HANDLE process, bool names, bool uses) : process_(process), uses_(uses) {
        if (names) names_.emplace(process);
        if (uses) marks_ = find_landmarks(process);
    }

    // False when memory is out.
    bool add(const MEMORY_BASIC_INFORMATION& region) {
        if (region.State == MEM_FREE) {  // what it says of anything else is undefined
            return add_free(number(region.BaseAddress), region.RegionSize);
        }
        behind_taken_ = true;
        if (region.AllocationBase != base_ || rows_.size() == 0) enter(region);
        return uses_ && region.State == MEM_COMMIT ? add_split(region) : add_whole(region);
    }

    // Who looks is not in the picture: what was free stays so, though the rows lie there now.
    [[nodiscard]] bool took(const void* allocation) const noexcept {
        return process_ == GetCurrentProcess() && allocation == rows_.memory();
    }

    Table finish() {
        rows_.check_memory("regions");
        if constexpr (with_resident) count_resident();
        return rows_.finish("regions");
    }

private:
    static constexpr bool with_resident = fields.size() > columns.size();

    template <typename Label>
    static constexpr std::uint8_t index(Label label) {
        return static_cast<std::uint8_t>(label);
    }

    // Cuts off what is left of the granule in which something else ends: nothing can begin there.
    bool add_free(std::uint64_t address, std::uint64_t size) {
        const auto rest = uses_ && behind_taken_ ? (granule - address % granule) % granule : 0;
        const auto unusable = std::min(rest, size);
        behind_taken_ = false;
        if (unusable > 0 && !put_free(address, unusable, Use::unusable)) return false;
        return size == unusable || put_free(address + unusable, size - unusable, Use::free);
    }

    bool put_free(std::uint64_t address, std::uint64_t size, Use use) {
        return put(address, size, index(State::free), 0, index(Type::none), index(use), 0, 0, 0, 0,
                   {});
    }

    // A new allocation: everything that is the same in all its regions.
    void enter(const MEMORY_BASIC_INFORMATION& region) {
        base_ = region.AllocationBase;
        use_ = plain_use(region);
        thread_ = 0;
        traits_ = 0;
        name_ = {};
        if (names_ && region.Type != MEM_PRIVATE) name_ = names_->of(base_);
        if (uses_) classify();
        if (use_ == Use::mapped && !name_.empty()) use_ = Use::mapped_file;
    }

    void classify() {
        nt::RegionInformation information{};
        if (nt::query_virtual_memory_information &&
            nt::query_virtual_memory_information(process_, base_, nt::memory_region_info,
                                                 &information, sizeof(information), nullptr)) {
            traits_ = information.type;
        }
        if ((traits_ & nt::region_mapped_data_file) != 0) use_ = Use::mapped_file;
        const auto& marks = marks_.allocations;
        while (mark_ < marks.size() && marks[mark_].address < number(base_)) ++mark_;
        if (mark_ < marks.size() && marks[mark_].address == number(base_)) {
            use_ = marks[mark_].use;
            thread_ = marks[mark_].thread;
        }
    }

    // Cuts TEBs and PEBs out of a region that Windows reports as one.
    bool add_split(MEMORY_BASIC_INFORMATION region) {
        auto address = number(region.BaseAddress);
        const auto end = address + region.RegionSize;
        const auto add_to = [&](std::uint64_t stop, Use use, DWORD thread) {
            const auto size = stop - address;
            const auto added = append(region, address, size, use, thread);
            address = stop;
            return added;
        };
        for (; page_ < marks_.pages.size() && marks_.pages[page_].address < end; ++page_) {
            const auto& mark = marks_.pages[page_];
            const auto stop = mark.address + mark.size;
            if (stop <= address) continue;
            if (mark.address > address && !add_to(mark.address, use_, thread_)) return false;
            if (!add_to(std::min<std::uint64_t>(stop, end), mark.use, mark.thread)) return false;
            if (stop > end) break;  // it goes on in the next region
        }
        return address == end || add_to(end, use_, thread_);
    }

    bool add_whole(const MEMORY_BASIC_INFORMATION& region) {
        return append(region, number(region.BaseAddress), region.RegionSize, use_, thread_);
    }

    bool append(const MEMORY_BASIC_INFORMATION& region, std::uint64_t address, std::uint64_t size,
                Use use, DWORD thread) {
        const auto committed = region.State == MEM_COMMIT;
        const auto guard = committed && (region.Protect & PAGE_GUARD) != 0;
        const auto name = std::exchange(name_, {});  // only where the allocation starts
        return put(address, size, index(state_of(region.State)), committed ? region.Protect : 0,
                   index(type_of(region.Type)),
                   index(guard && use == Use::taken ? Use::guard : use), thread, number(base_),
                   region.AllocationProtect, traits_, name);
    }

    bool put(std::uint64_t address, std::uint64_t size, std::uint8_t state, DWORD protection,
             std::uint8_t type, std::uint8_t use, DWORD thread, std::uint64_t base,
             DWORD allocation_protection, ULONG traits, std::wstring_view name) noexcept {
        if constexpr (with_resident) {
            return rows_.append(address, size, state, protection, type, use, thread, base,
                                allocation_protection, traits, name, 0, 0, 0, 0, 0, 0);
        } else {
            return rows_.append(address, size, state, protection, type, use, thread, base,
                                allocation_protection, traits, name);
        }
    }

    // When all regions are known: small ones share a call.
    void count_resident() {
        std::vector<Resident> found(rows_.size());
        ResidentCounter counter(process_);
        for (std::size_t row = 0; row < found.size(); ++row) {
            if (rows_.template cells<2>()[row] != index(State::commit)) continue;
            counter.add(rows_.template cells<0>()[row], rows_.template cells<1>()[row], found[row]);
        }
        counter.finish();
        fill<0>(found, &Resident::total);
        fill<1>(found, &Resident::private_);
        fill<2>(found, &Resident::shareable);
        fill<3>(found, &Resident::shared);
        fill<4>(found, &Resident::locked);
        fill<5>(found, &Resident::large);
    }

    template <std::size_t column>
    void fill(const std::vector<Resident>& found, std::uint64_t Resident::* bytes) {
        std::ranges::transform(found, rows_.template cells<columns.size() + column>().begin(),
                               [=](const Resident& each) { return each.*bytes; });
    }

    HANDLE process_;
    bool uses_;
    std::optional<Names> names_;
    Landmarks marks_;
    std::size_t mark_ = 0;       // the next of marks_.allocations
    std::size_t page_ = 0;       // the next of marks_.pages
    bool behind_taken_ = false;  // what the walk is at
    Rows<fields> rows_;

    // Of the allocation that the walk is in.
    void* base_ = nullptr;
    Use use_ = Use::free;
    DWORD thread_ = 0;
    ULONG traits_ = 0;
    std::wstring_view name_;
};

// True from the moment that it is told to exit: then its address space begins to vanish.
bool is_exiting(HANDLE process) {
    DWORD code = STILL_ACTIVE;
    return (GetExitCodeProcess(process, &code) && code != STILL_ACTIVE) ||
           WaitForSingleObject(process, 0) == WAIT_OBJECT_0;
}

template <const auto& fields>
Table walk(HANDLE process, bool names, bool uses) {
    SYSTEM_INFO system{};
    GetSystemInfo(&system);
    const auto last = number(system.lpMaximumApplicationAddress);
    Walk<fields> walk(process, names, uses);
    MEMORY_BASIC_INFORMATION region{};
    for (std::uint64_t address = 0; address <= last;) {
        check(VirtualQueryEx(process, reinterpret_cast<const void*>(address), &region,
                             sizeof(region)),
              "VirtualQueryEx");
        if (region.State != MEM_FREE && walk.took(region.AllocationBase)) region.State = MEM_FREE;
        if (!walk.add(region)) break;  // finish() says why
        address = number(region.BaseAddress) + region.RegionSize;
    }
    return walk.finish();
}

Table walk(HANDLE process, bool names, bool uses, bool resident) {
    return resident ? walk<all_columns>(process, names, uses) : walk<columns>(process, names, uses);
}

}  // namespace

Table walk_regions(std::optional<DWORD> pid, bool names, bool uses, bool resident) {
    if (!pid || *pid == GetCurrentProcessId()) {
        return walk(GetCurrentProcess(), names, uses, resident);
    }
    const auto process = open_process(
        *pid, PROCESS_QUERY_INFORMATION | SYNCHRONIZE | (uses ? DWORD{PROCESS_VM_READ} : 0));
    try {
        auto table = walk(process.get(), names, uses, resident);
        // A process that exited on the way has been seen half torn down: that is no answer.
        if (is_exiting(process.get())) throw NoSuchProcess("VirtualQueryEx", *pid, 0);
        return table;
    } catch (const Error& error) {
        if (is_exiting(process.get())) throw NoSuchProcess(error.what(), *pid, error.code);
        throw;
    }
}

}  // namespace ntpages
