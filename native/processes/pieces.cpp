// processes/pieces: many pieces of a process's memory, with as few calls as can be.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "native/error.hpp"
#include "native/processes/frontier.hpp"
#include "native/processes/process.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr std::size_t most = 256 * page_size;  // bytes in a fetch, unless a piece has more

// Pieces that lie close, in the order of their addresses: read with one call.
struct Fetch {
    std::uint64_t address;
    std::size_t size;                     // bytes
    std::span<const std::size_t> pieces;  // their numbers
};

// Whether pages that nobody asked for may be touched: Windows is asked of a region once.
class Bystanders {
public:
    using Ask = std::function<bool(std::uint64_t, MEMORY_BASIC_INFORMATION&)>;
    explicit Bystanders(Ask ask) : ask_(std::move(ask)) {}

    // Of the page at an address. Where Windows does not say, none may.
    bool may_be_touched(std::uint64_t page) {
        if (page < start_ || page >= end_) look_at(page);
        return plain_;
    }

private:
    void look_at(std::uint64_t page) {
        start_ = page;
        end_ = page + page_size;
        plain_ = false;
        if (refused_) return;
        MEMORY_BASIC_INFORMATION region;
        try {
            if (!ask_(page, region)) return;
        } catch (const Error&) {  // reading needs no such right
            refused_ = true;
            return;
        }
        end_ = reinterpret_cast<std::uint64_t>(region.BaseAddress) + region.RegionSize;
        plain_ = !reason_to_skip(region);
    }

    Ask ask_;
    std::uint64_t start_ = 0;
    std::uint64_t end_ = 0;
    bool plain_ = false;
    bool refused_ = false;
};

// Pieces go together whose pages lie side by side, or nearly so: to copy a page costs no more than
// to ask for it. But no page between them is touched that may be a guard page, which would lose its
// guard.
std::vector<Fetch> fetches_of(std::span<const std::uint64_t> addresses, std::size_t size,
                              std::span<const std::size_t> order, Bystanders bystanders) {
    std::vector<Fetch> fetches;
    const auto limit = std::max(most, size);
    for (std::size_t first = 0; first < order.size();) {
        const auto start = addresses[order[first]];
        auto fetched = size;
        auto last = first + 1;
        for (; last < order.size(); ++last) {
            const auto next = addresses[order[last]];
            if (next - start > limit - size) break;
            const auto page = next / page_size;
            const auto behind = (start + fetched - 1) / page_size + 1;  // what is fetched so far
            if (page > behind + 1) break;
            if (page > behind && !bystanders.may_be_touched(behind * page_size)) break;
            fetched = std::max(fetched, static_cast<std::size_t>(next - start) + size);
        }
        fetches.push_back({start, fetched, order.subspan(first, last - first)});
        first = last;
    }
    return fetches;
}

}  // namespace

std::vector<std::size_t> Process::read_many(std::span<const std::uint64_t> given, std::size_t size,
                                            std::span<std::byte> into) {
    const Lease::Use use(lease_);
    const auto process = handle(Right::read);
    // The caller's may change meanwhile, and each is looked at several times.
    const std::vector<std::uint64_t> addresses(given.begin(), given.end());
    std::vector<std::size_t> order(addresses.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto by_address = [&](auto a, auto b) { return addresses[a] < addresses[b]; };
    if (!std::is_sorted(order.begin(), order.end(), by_address)) {
        std::sort(order.begin(), order.end(), by_address);
    }
    const auto fetches = fetches_of(
        addresses, size, order,
        Bystanders([this](auto address, auto& region) { return find(address, region); }));

    // In one thread: where it could be measured, a second one gained nothing.
    std::vector<std::byte> room;
    std::vector<std::size_t> missing;
    for (const auto& [address, bytes, pieces] : fetches) {
        if (pieces.size() > 1 && room.size() < bytes) room.resize(bytes);
        const auto together =
            pieces.size() > 1 && copy_memory(process, address, {room.data(), bytes});
        for (const auto number : pieces) {
            const auto piece = into.subspan(number * size, size);
            if (together) {
                const auto at = static_cast<std::size_t>(addresses[number] - address);
                std::ranges::copy(std::span(room).subspan(at, size), piece.begin());
            } else if (!copy_memory(process, addresses[number], piece)) {
                std::ranges::fill(piece, std::byte{0});
                missing.push_back(number);
            }
        }
    }
    if (!missing.empty() && has_exited(pid_)) throw NoSuchProcess("ReadProcessMemory", pid_, 0);
    std::ranges::sort(missing);
    return missing;
}

}  // namespace ntpages
