// processes/listing: what the kernel's answer becomes, and whom to ask for limits.
#include "native/processes/listing.hpp"

#include <windows.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "native/commit.hpp"
#include "native/handle.hpp"
#include "native/processes/nt.hpp"
#include "native/processes/records.hpp"

namespace ntpages {
namespace {

constexpr std::array plain_fields{
    Field{"pid", Kind::u32},
    Field{"parent", Kind::u32},
    Field{"name", Kind::text},
    Field{"working_set", Kind::u64},
    Field{"private_working_set", Kind::u64},
    Field{"peak_working_set", Kind::u64},
    Field{"private", Kind::u64},
    Field{"commit", Kind::u64},
    Field{"peak_commit", Kind::u64},
    Field{"virtual", Kind::u64},
    Field{"paged_pool", Kind::u64},
    Field{"nonpaged_pool", Kind::u64},
    Field{"faults", Kind::u32},
    Field{"hard_faults", Kind::u32},
    Field{"threads", Kind::u32},
    Field{"handles", Kind::u32},
    Field{"session", Kind::u32},
    Field{"started", Kind::f64},
    Field{"cpu_time", Kind::f64},
    Field{"cycles", Kind::u64},
};
constexpr std::array full_field{Field{"shared_commit", Kind::u64}};
constexpr std::array limits_fields{
    Field{"accessible", Kind::boolean},   Field{"minimum", Kind::u64},
    Field{"maximum", Kind::u64},          Field{"hard_minimum", Kind::boolean},
    Field{"hard_maximum", Kind::boolean},
};

template <std::size_t... sizes>
constexpr auto join(const std::array<Field, sizes>&... parts) {
    std::array<Field, (sizes + ...)> all{};
    auto next = all.begin();
    ((next = std::copy(parts.begin(), parts.end(), next)), ...);
    return all;
}
constexpr auto full_fields = join(plain_fields, full_field);
constexpr auto plain_limits_fields = join(plain_fields, limits_fields);
constexpr auto full_limits_fields = join(full_fields, limits_fields);

constexpr double second = 1e7;                            // in units of 100 ns
constexpr std::uint64_t unix_epoch = 116444736000000000;  // 1970 in them, counted from 1601

std::wstring_view name_of(const ProcessEntry& entry) {
    if (entry.pid == 0) return L"System Idle Process";  // the kernel gives it no name
    return {reinterpret_cast<const wchar_t*>(entry.name.data()), entry.name.size()};
}

auto plain_cells(const ProcessEntry& entry) {
    return std::tuple(entry.pid, entry.parent, name_of(entry), entry.working_set,
                      entry.private_working_set, entry.peak_working_set, entry.private_bytes,
                      entry.commit, entry.peak_commit, entry.virtual_size, entry.paged_pool,
                      entry.nonpaged_pool, entry.faults, entry.hard_faults, entry.threads,
                      entry.handles, entry.session, started(entry.created),
                      static_cast<double>(entry.cpu_time) / second, entry.cycles);
}

auto full_cells(const ProcessEntry& entry) {
    return std::tuple(entry.shared_commit);
}

using Limits = std::tuple<bool, std::uint64_t, std::uint64_t, bool, bool>;  // as limits_fields

// Needs a handle of the process. Where there is none to be had, the limits are 0.
Limits ask_limits(const ProcessEntry& entry) {
    SIZE_T minimum = 0;
    SIZE_T maximum = 0;
    DWORD flags = 0;
    const Handle process(OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, entry.pid));
    const auto accessible =
        process && GetProcessWorkingSetSizeEx(process.get(), &minimum, &maximum, &flags);
    return {accessible, minimum, maximum, (flags & QUOTA_LIMITS_HARDWS_MIN_ENABLE) != 0,
            (flags & QUOTA_LIMITS_HARDWS_MAX_ENABLE) != 0};
}

// The limits that an earlier table tells of.
class KnownLimits {
public:
    explicit KnownLimits(const Table* table) {
        if (!table) return;
        const auto* const pids = cells<DWORD>(*table, "pid", Kind::u32);
        const auto* const starts = cells<double>(*table, "started", Kind::f64);
        const auto* const accessible = cells<bool>(*table, "accessible", Kind::boolean);
        const auto* const minimum = cells<std::uint64_t>(*table, "minimum", Kind::u64);
        const auto* const maximum = cells<std::uint64_t>(*table, "maximum", Kind::u64);
        const auto* const hard_minimum = cells<bool>(*table, "hard_minimum", Kind::boolean);
        const auto* const hard_maximum = cells<bool>(*table, "hard_maximum", Kind::boolean);
        known_.reserve(table->size());
        for (std::size_t i = 0; i < table->size(); ++i) {
            known_[pids[i]] = {
                starts[i],
                {accessible[i], minimum[i], maximum[i], hard_minimum[i], hard_maximum[i]}};
        }
    }

    // Of this very process: its id may have been another's.
    [[nodiscard]] std::optional<Limits> find(const ProcessEntry& entry) const {
        const auto found = known_.find(entry.pid);
        if (found == known_.end() || found->second.started != started(entry.created)) return {};
        return found->second.limits;
    }

private:
    struct Known {
        double started;
        Limits limits;
    };

    template <typename Cell>
    static const Cell* cells(const Table& table, std::string_view name, Kind kind) {
        for (std::size_t i = 0; i < table.width(); ++i) {
            if (table.field(i).name == name && table.field(i).kind == kind) {
                return table.cells<Cell>(i);
            }
        }
        throw std::invalid_argument("limits must be a bool, or a table of processes with limits");
    }

    std::unordered_map<DWORD, Known> known_;
};

template <const auto& fields, typename... Cells>
Table tabulate(const std::vector<ProcessEntry>& entries, Cells... cells_of) {
    Rows<fields> rows(entries.size());
    for (const auto& entry : entries) {
        std::apply([&](auto... cells) { rows.append(cells...); },
                   std::tuple_cat(cells_of(entry)...));
    }
    return rows.finish("Process");
}

// The buffer of the last call, for the next one to take. It grows, and a thread that finds it taken
// makes its own.
struct Answer {
    Pages pages;
    ULONG size = 0;
};
std::atomic<Answer*> spare{nullptr};

std::unique_ptr<Answer> take_spare() {
    std::unique_ptr<Answer> answer(spare.exchange(nullptr, std::memory_order_acq_rel));
    return answer ? std::move(answer) : std::make_unique<Answer>();
}

void keep_spare(std::unique_ptr<Answer> answer) {
    const std::unique_ptr<Answer> older(
        spare.exchange(answer.release(), std::memory_order_acq_rel));
}

void grow(Answer& answer, ULONG size) {
    answer.pages.reset(check(new_pages(size), "VirtualAlloc"));
    answer.size = size;
}

// Fills the buffer and returns how much of it.
ULONG ask(Answer& answer, ULONG question) {
    constexpr ULONG slack = 64 * 1024;  // for what starts between two calls
    if (answer.size == 0) grow(answer, 4 * slack);
    for (auto attempt = 0;; ++attempt) {
        ULONG needed = 0;
        const auto status =
            nt::query_system_information(question, answer.pages.get(), answer.size, &needed);
        if (status != nt::status_info_length_mismatch || attempt == 16) {
            check_status(status, "NtQuerySystemInformation");
            return std::min(needed, answer.size);
        }
        grow(answer, std::max(needed, answer.size) + slack);
    }
}

// The names in the entries lie in the answer.
std::vector<ProcessEntry> read(Answer& answer, TableKind kind) {
    const auto size = ask(answer, kind == TableKind::full ? nt::system_full_process_information
                                                          : nt::system_process_information);
    const auto* bytes = static_cast<const std::byte*>(answer.pages.get());
    return read_process_table({bytes, size}, reinterpret_cast<std::uint64_t>(bytes), kind);
}

}  // namespace

Table list_processes(bool full, bool limits, const Table* known_limits) {
    const KnownLimits known(known_limits);
    const auto limits_cells = [&](const ProcessEntry& entry) {
        const auto found = known.find(entry);
        return found ? *found : ask_limits(entry);
    };
    auto answer = take_spare();
    const auto entries = read(*answer, full ? TableKind::full : TableKind::plain);
    auto table = [&] {
        if (full && limits) {
            return tabulate<full_limits_fields>(entries, plain_cells, full_cells, limits_cells);
        }
        if (full) return tabulate<full_fields>(entries, plain_cells, full_cells);
        if (limits) return tabulate<plain_limits_fields>(entries, plain_cells, limits_cells);
        return tabulate<plain_fields>(entries, plain_cells);
    }();
    keep_spare(std::move(answer));
    return table;
}

std::uint64_t creation_of(DWORD pid) {
    auto answer = take_spare();
    const auto entries = read(*answer, TableKind::plain);
    keep_spare(std::move(answer));
    const auto found = std::ranges::find(entries, pid, &ProcessEntry::pid);
    if (found == entries.end()) throw NoSuchProcess("NtQuerySystemInformation", pid, ERROR_SUCCESS);
    return found->created;
}

double started(std::uint64_t created) noexcept {
    return created <= unix_epoch  // the idle process never was
               ? 0.0
               : static_cast<double>(created - unix_epoch) / second;
}

}  // namespace ntpages
