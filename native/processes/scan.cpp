// processes/scan: looking through all the memory of one.
#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "native/bind.hpp"
#include "native/buffer.hpp"
#include "native/processes/pattern.hpp"
#include "native/processes/process.hpp"
#include "native/table/table.hpp"

namespace ntpages {
namespace {

constexpr std::array match_fields{
    Field{"address", Kind::u64},
    Field{"pattern", Kind::u32},
};

enum class Reason : std::uint8_t { guard, no_access, unreadable, uncached };
constexpr std::array reasons{"guard page", "no access", "unreadable", "not cached"};
constexpr std::array hole_fields{
    Field{"address", Kind::u64},
    Field{"size", Kind::u64},
    Field{"reason", Kind::u8, reasons},
};

constexpr DWORD writing =
    PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;

constexpr std::size_t page = 4096;
constexpr std::size_t chunk = 512 * 1024;  // searched while it is in the processor's cache

// Why pages with this protection are left alone, if they are. Reading memory that no processor
// caches is slow beyond use; where it is a device's, reading may have an effect.
std::optional<Reason> obstacle(DWORD protection) noexcept {
    if ((protection & PAGE_GUARD) != 0) return Reason::guard;
    if ((protection & PAGE_NOACCESS) != 0) return Reason::no_access;
    if ((protection & (PAGE_NOCACHE | PAGE_WRITECOMBINE)) != 0) return Reason::uncached;
    return std::nullopt;
}

// A search through the committed memory of a process, in steps. Pages that can't be read become
// holes; guard pages are never touched.
class Scan : public Exposed {
public:
    // Looks at [start, end), only at pages that can be written if `writable`, and stops after
    // `limit` matches.
    Scan(std::shared_ptr<Process> process, std::vector<Pattern> patterns, std::uint64_t start,
         std::uint64_t end, bool writable, std::size_t limit)
        : process_(std::move(process)),
          patterns_(std::move(patterns)),
          at_(start),
          end_(end),
          readable_end_(start),
          writable_(writable),
          limit_(limit) {
        for (const auto& pattern : patterns_) longest_ = std::max(longest_, pattern.size());
        buffer_.reset(
            check(VirtualAlloc(nullptr, longest_ + chunk, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                  "VirtualAlloc"));
    }

    // Goes on for about this many bytes. False when there is nothing left to do.
    bool advance(std::uint64_t size) {
        for (const auto stop = scanned_ + size; !done_ && scanned_ < stop;) {
            if (at_ < readable_end_) {
                step();
            } else {
                enter_region();
            }
        }
        return !done_;
    }

    [[nodiscard]] std::uint64_t scanned() const noexcept { return scanned_; }
    [[nodiscard]] bool cut_short() const noexcept { return found_ == limit_; }

    // The results, to be taken once.
    Table matches() {
        const auto table = matches_.finish("Match");
        return patterns_.size() > 1 ? table.take(table.order(0, false)) : table;
    }
    Table holes() {
        end_hole();
        return holes_.finish("Hole");
    }

private:
    [[nodiscard]] std::byte* buffer() const noexcept {
        return static_cast<std::byte*>(buffer_.get());
    }

    void enter_region() {
        MEMORY_BASIC_INFORMATION region;
        done_ = at_ >= end_ || !process_->query(at_, region);
        if (done_) return;
        const auto end =
            std::min(end_, reinterpret_cast<std::uint64_t>(region.BaseAddress) + region.RegionSize);
        // In one's own process the buffer holds a copy of whatever was read last.
        const auto wanted =
            region.State == MEM_COMMIT && (!writable_ || (region.Protect & writing) != 0) &&
            !(process_->pid() == GetCurrentProcessId() && region.AllocationBase == buffer());
        const auto reason = obstacle(region.Protect);
        if (wanted && !reason) {
            readable_end_ = end;
            return;
        }
        if (wanted) add_hole(end - at_, *reason);
        skip_to(end);
    }

    void skip_to(std::uint64_t address) {
        at_ = address;
        readable_end_ = std::max(readable_end_, at_);
        carried_ = 0;
    }

    void step() {
        const auto size =
            static_cast<std::size_t>(std::min<std::uint64_t>(stride_, readable_end_ - at_));
        const auto got = process_->read(at_, {buffer() + carried_, size}).size;
        if (got != 0) search(got);
        if (got == size) {
            stride_ = std::min(stride_ * 2, chunk);
            return;
        }
        // One page changed since Windows was asked, or refuses whatever its protection says: where
        // there is one there may be more, so go on in small steps.
        stride_ = page;
        const auto next = std::min(readable_end_, (at_ / page + 1) * page);
        scanned_ += next - at_;
        add_hole(next - at_, Reason::unreadable);
        skip_to(next);
    }

    // Looks at what was carried over and the `size` bytes behind it.
    void search(std::size_t size) {
        const auto filled = carried_ + size;
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(buffer());
        for (std::uint32_t i = 0; i < patterns_.size() && !done_; ++i) {
            const auto& pattern = patterns_[i];
            // What ended in the bytes carried over has been found already.
            const auto skipped = carried_ - std::min(carried_, pattern.size() - 1);
            const auto base = at_ - carried_ + skipped;
            pattern.search({bytes + skipped, filled - skipped}, base, [&](std::size_t offset) {
                done_ = !matches_.append(base + offset, i) || ++found_ == limit_;
                return !done_;
            });
        }
        const auto kept = std::min(filled, longest_ - 1);
        std::memmove(buffer(), buffer() + filled - kept, kept);
        carried_ = kept;
        at_ += size;
        scanned_ += size;
    }

    void add_hole(std::uint64_t size, Reason reason) {
        if (hole_size_ != 0 && hole_ + hole_size_ == at_ && hole_reason_ == reason) {
            hole_size_ += size;
            return;
        }
        end_hole();
        hole_ = at_;
        hole_size_ = size;
        hole_reason_ = reason;
    }

    void end_hole() {
        if (hole_size_ != 0) {
            holes_.append(hole_, hole_size_, static_cast<std::uint8_t>(hole_reason_));
        }
        hole_size_ = 0;
    }

    std::shared_ptr<Process> process_;
    std::vector<Pattern> patterns_;
    std::size_t longest_ = 0;
    Pages buffer_;             // what was carried over, and behind it what was read
    std::size_t carried_ = 0;  // the end of the bytes before at_, one less than the longest pattern
    std::uint64_t at_;         // where to go on
    std::uint64_t end_;
    std::uint64_t readable_end_;  // of the region that at_ lies in
    std::size_t stride_ = chunk;
    std::uint64_t scanned_ = 0;
    bool writable_;
    bool done_ = false;
    std::size_t limit_;
    std::size_t found_ = 0;
    Rows<match_fields> matches_;
    Rows<hole_fields> holes_;
    std::uint64_t hole_ = 0;  // the last one, which may go on
    std::uint64_t hole_size_ = 0;
    Reason hole_reason_ = Reason::guard;
};

// The second scan: which of these addresses match now?
std::pair<Table, Table> narrow(Process& process, const std::vector<Pattern>& patterns,
                               std::span<const std::uint64_t> addresses) {
    constexpr std::size_t batch = 64 * 1024;
    Rows<match_fields> matches;
    Rows<hole_fields> holes;
    std::vector<std::byte> pieces;
    for (std::uint32_t i = 0; i < patterns.size(); ++i) {
        const auto& pattern = patterns[i];
        for (auto rest = addresses; !rest.empty();) {
            const auto part = rest.first(std::min(batch, rest.size()));
            rest = rest.subspan(part.size());
            pieces.resize(part.size() * pattern.size());
            const auto missing = process.read_many(part, pattern.size(), pieces);
            auto next_missing = missing.begin();
            for (std::size_t j = 0; j < part.size(); ++j) {
                if (next_missing != missing.end() && *next_missing == j) {
                    ++next_missing;
                    holes.append(part[j], pattern.size(),
                                 static_cast<std::uint8_t>(Reason::unreadable));
                } else if (part[j] % pattern.alignment() == 0 &&
                           pattern.matches(reinterpret_cast<const std::uint8_t*>(
                               pieces.data() + j * pattern.size()))) {
                    matches.append(part[j], i);
                }
            }
        }
    }
    const auto table = matches.finish("Match");
    return {patterns.size() > 1 ? table.take(table.order(0, false)) : table, holes.finish("Hole")};
}

}  // namespace

void bind_processes_scan(py::module_& module) {
    // Patterns come as tuples of bytes, mask and alignment.
    using Needles = std::vector<std::tuple<std::string, std::string, std::size_t>>;
    const auto patterns_of = [](const Needles& needles) {
        std::vector<Pattern> patterns;
        for (const auto& [bytes, mask, alignment] : needles) {
            patterns.emplace_back(std::vector<std::uint8_t>(bytes.begin(), bytes.end()),
                                  std::vector<std::uint8_t>(mask.begin(), mask.end()), alignment);
        }
        return patterns;
    };

    py::class_<Scan>(module, "Scan")
        .def(
            py::init([=](std::shared_ptr<Process> process, const Needles& needles,
                         std::uint64_t start, std::uint64_t end, bool writable, std::size_t limit) {
                return std::make_unique<Scan>(std::move(process), patterns_of(needles), start, end,
                                              writable, limit);
            }),
            "process"_a, "needles"_a, "start"_a, "end"_a, "writable"_a, "limit"_a)
        .def("advance", &Scan::advance, "size"_a, ReleaseGil())
        .def_property_readonly("scanned", &Scan::scanned)
        .def_property_readonly("cut_short", &Scan::cut_short)
        .def("matches", &Scan::matches, ReleaseGil())
        .def("holes", &Scan::holes, ReleaseGil());

    module.def(
        "narrow",
        [=](Process& process, const Needles& needles, const py::object& given) {
            const Addresses addresses(given);
            const py::gil_scoped_release without_gil;
            return narrow(process, patterns_of(needles), addresses.get());
        },
        "process"_a, "needles"_a, "addresses"_a);
}

}  // namespace ntpages
