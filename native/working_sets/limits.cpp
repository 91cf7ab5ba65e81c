// working_sets/limits: trim, limits, per-page attributes.
#include <windows.h>
// After windows.h, which it needs.
#include <psapi.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "native/bind.hpp"
#include "native/processes/process.hpp"
#include "native/table/table.hpp"
#include "native/working_sets/nt.hpp"

namespace ntpages {
namespace {

struct Limits : Exposed {
    SIZE_T minimum;  // bytes
    SIZE_T maximum;
    bool hard_minimum;
    bool hard_maximum;
};

Limits read_limits(const Handle& process, DWORD pid) {
    SIZE_T minimum = 0;
    SIZE_T maximum = 0;
    DWORD flags = 0;
    if (!GetProcessWorkingSetSizeEx(process.get(), &minimum, &maximum, &flags)) {
        refuse(pid, "GetProcessWorkingSetSizeEx");
    }
    return {{},
            minimum,
            maximum,
            (flags & QUOTA_LIMITS_HARDWS_MIN_ENABLE) != 0,
            (flags & QUOTA_LIMITS_HARDWS_MAX_ENABLE) != 0};
}

Limits limits(DWORD pid) {
    return read_limits(open_process(pid, PROCESS_QUERY_LIMITED_INFORMATION), pid);
}

// What is not given stays as it is. Returns what holds now: Windows may round.
Limits set_limits(DWORD pid, std::optional<SIZE_T> minimum, std::optional<SIZE_T> maximum,
                  std::optional<bool> hard_minimum, std::optional<bool> hard_maximum) {
    const auto process = open_process(pid, PROCESS_SET_QUOTA | PROCESS_QUERY_LIMITED_INFORMATION);
    const auto before = read_limits(process, pid);
    DWORD flags = 0;
    if (hard_minimum) {
        flags |= *hard_minimum ? QUOTA_LIMITS_HARDWS_MIN_ENABLE : QUOTA_LIMITS_HARDWS_MIN_DISABLE;
    }
    if (hard_maximum) {
        flags |= *hard_maximum ? QUOTA_LIMITS_HARDWS_MAX_ENABLE : QUOTA_LIMITS_HARDWS_MAX_DISABLE;
    }
    const auto least = minimum.value_or(before.minimum);
    const auto most = maximum.value_or(before.maximum);
    if (!SetProcessWorkingSetSizeEx(process.get(), least, most, flags)) {
        constexpr auto call = "SetProcessWorkingSetSizeEx";
        const auto code = GetLastError();
        if (code == ERROR_PRIVILEGE_NOT_HELD) fail(call, code, "SeIncreaseWorkingSetPrivilege");
        // The other limit, which the caller may not have thought of, is most often why.
        if (code == ERROR_INVALID_PARAMETER && !has_exited(pid)) {
            fail(call, code,
                 "pid " + std::to_string(pid) + ", minimum " + std::to_string(least) +
                     " and maximum " + std::to_string(most) + " bytes");
        }
        refuse(pid, call, code);
    }
    return read_limits(process, pid);
}

// Two ways to the same end. The second asks for one right less.
void empty(DWORD pid) {
    const auto process = open_process(pid, PROCESS_SET_QUOTA | PROCESS_QUERY_LIMITED_INFORMATION);
    if (!EmptyWorkingSet(process.get())) refuse(pid, "EmptyWorkingSet");
}

void empty_by_limits(DWORD pid) {
    constexpr auto as_little_as_can_be = static_cast<SIZE_T>(-1);
    const auto process = open_process(pid, PROCESS_SET_QUOTA);
    if (!SetProcessWorkingSetSize(process.get(), as_little_as_can_be, as_little_as_can_be)) {
        refuse(pid, "SetProcessWorkingSetSize");
    }
}

constexpr std::array locations{"nowhere", "memory", "page file", "reserved", "working set"};
constexpr std::uint8_t in_working_set = 4;
constexpr std::array page_fields{
    Field{"address", Kind::u64},
    Field{"valid", Kind::boolean},
    Field{"shared", Kind::boolean},
    Field{"share_count", Kind::u8},
    Field{"protection", Kind::u16},
    Field{"node", Kind::u8},
    Field{"locked", Kind::boolean},
    Field{"large", Kind::boolean},
    Field{"priority", Kind::u8},
    Field{"bad", Kind::boolean},
    Field{"location", Kind::u8, locations},
};

using PageQuery = PSAPI_WORKING_SET_EX_INFORMATION;
static_assert(sizeof(PageQuery) == 16);

bool append(Rows<page_fields>& rows, const PageQuery& answer) {
    const auto address = reinterpret_cast<std::uint64_t>(answer.VirtualAddress);
    const nt::PageBits page(answer.VirtualAttributes.Flags);
    if (page.valid()) {
        return rows.append(address, true, page.shared(), page.share_count(), page.protection(),
                           page.node(), page.locked(), page.large(), page.priority(), page.bad(),
                           in_working_set);
    }
    return rows.append(address, false, page.shared(), 0, 0, 0, false, false, page.priority(),
                       page.bad(), page.location());
}

// The committed pages of [start, end), or those of them that are in the working set.
Table pages(DWORD pid, std::uint64_t start, std::uint64_t end, bool valid_only) {
    constexpr std::size_t page = 4096;
    constexpr std::size_t batch = 64 * 1024;
    const auto process = open_process(pid, PROCESS_QUERY_INFORMATION);
    std::vector<PageQuery> queries(batch);
    Rows<page_fields> rows;
    MEMORY_BASIC_INFORMATION region;
    end = std::min(end, highest_address());
    for (auto at = start / page * page; at < end;) {
        if (VirtualQueryEx(process.get(), reinterpret_cast<void*>(at), &region, sizeof(region)) ==
            0) {
            refuse(pid, "VirtualQueryEx");
        }
        const auto region_end =
            std::min(end, reinterpret_cast<std::uint64_t>(region.BaseAddress) + region.RegionSize);
        if (region.State != MEM_COMMIT) at = region_end;
        while (at < region_end) {
            std::size_t asked = 0;
            for (; asked < batch && at < region_end; at += page) {
                queries[asked++].VirtualAddress = reinterpret_cast<void*>(at);
            }
            if (!QueryWorkingSetEx(process.get(), queries.data(),
                                   static_cast<DWORD>(asked * sizeof(PageQuery)))) {
                refuse(pid, "QueryWorkingSetEx");
            }
            for (const auto& answer : std::span(queries).first(asked)) {
                if (valid_only && !answer.VirtualAttributes.Valid) continue;
                if (!append(rows, answer)) return rows.finish("Page");
            }
        }
    }
    return rows.finish("Page");
}

}  // namespace

void bind_working_sets(py::module_& module) {
    py::class_<Limits>(module, "Limits")
        .def_readonly("minimum", &Limits::minimum)
        .def_readonly("maximum", &Limits::maximum)
        .def_readonly("hard_minimum", &Limits::hard_minimum)
        .def_readonly("hard_maximum", &Limits::hard_maximum);
    module.def("working_set_limits", &limits, "pid"_a, ReleaseGil());
    module.def("set_working_set_limits", &set_limits, "pid"_a, "minimum"_a, "maximum"_a,
               "hard_minimum"_a, "hard_maximum"_a, ReleaseGil());
    module.def("empty_working_set", &empty, "pid"_a, ReleaseGil());
    module.def("empty_working_set_by_limits", &empty_by_limits, "pid"_a, ReleaseGil());
    module.def("working_set_pages", &pages, "pid"_a, "start"_a, "end"_a, "valid_only"_a,
               ReleaseGil());
}

}  // namespace ntpages
