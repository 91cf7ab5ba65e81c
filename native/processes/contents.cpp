// processes/contents: found by the search of scans, and compared place by place from then on.
#include "native/processes/contents.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace ntpages {
namespace {

Pattern::Bytes copied(Store& store, Pattern::Bytes bytes) {
    auto* const copy = reinterpret_cast<std::uint8_t*>(store.take(bytes.size()));
    std::ranges::copy(bytes, copy);
    return {copy, bytes.size()};
}

}  // namespace

ContentLook::ContentLook(Comparison how, std::span<const Sought> sought) : how_(how) {
    const auto compares = how == Comparison::inside || how == Comparison::outside;
    if (!compares && how != Comparison::changed && how != Comparison::unchanged) {
        throw std::invalid_argument("bytes are equal to others, or have changed");
    }
    if (compares == sought.empty()) {
        throw std::invalid_argument("bytes that have changed are compared with no others");
    }
    std::vector<Pattern> patterns;
    for (const auto& each : sought) {
        if (each.bytes.size() > Bench::longest) throw std::invalid_argument("these are too many");
        longest_ = std::max(longest_, each.bytes.size());
        forms_.push_back({each.encoding, each.bytes.size()});
        patterns.emplace_back(copied(copies_, each.bytes), copied(copies_, each.mask),
                              each.alignment);
    }
    std::ranges::sort(forms_);
    forms_.erase(std::unique(forms_.begin(), forms_.end()), forms_.end());
    for (const auto& each : sought) {
        const Form form{each.encoding, each.bytes.size()};
        const auto at = std::ranges::lower_bound(forms_, form) - forms_.begin();
        form_of_.push_back(static_cast<std::uint32_t>(at));
    }
    if (compares) needles_.emplace(std::move(patterns));
}

bool ContentLook::is_of(const Followed& followed) const noexcept {
    const auto encodings = std::max(followed.encodings, std::uint32_t{1});
    return !followed.number && (forms_.empty() || forms_.back().encoding < encodings);
}

bool ContentLook::looks_back() const noexcept {
    return how_ != Comparison::inside;
}

std::size_t ContentLook::reach(std::size_t, std::uint64_t) const {
    return longest_;
}

bool ContentLook::lies_in(const void* allocation) const noexcept {
    return copies_.lies_in(allocation);
}

// Calls `keep` with the form of the longest that lies there, encoding by encoding.
template <typename Keep>
void ContentLook::choose(std::span<const std::uint32_t> numbers, std::size_t readable,
                         Keep keep) const {
    std::vector<std::uint32_t> there;
    for (const auto number : numbers) {
        if (forms_[form_of_[number]].width <= readable) there.push_back(form_of_[number]);
    }
    std::ranges::sort(there);  // by encoding, then by width
    for (std::size_t i = 0; i < there.size(); ++i) {
        const auto is_longest =
            i + 1 == there.size() || forms_[there[i]].encoding != forms_[there[i + 1]].encoding;
        if (is_longest) keep(there[i]);
    }
}

Look::Left ContentLook::first(Bench& bench, const Share& share, std::size_t step, const Taker& take,
                              const IsOver& is_over) const {
    if (bench.next == 0) bench.read(share);
    Kept part;
    part.address = (share.address + step - 1) & ~std::uint64_t{step - 1};
    part.step = step;
    const auto skipped = part.address - share.address;
    if (skipped >= share.starts) return std::vector<Kept>{};
    const auto first_start = static_cast<std::size_t>(skipped);
    part.count = (share.starts - first_start + step - 1) / step;

    while (bench.next < share.starts) {
        find(bench, share, part);
        if (bench.next < share.starts && is_over()) return std::nullopt;
    }
    return keep(part, {bench.now + first_start, Bench::chunk + Bench::longest - first_start},
                std::exchange(bench.hits, {}), take);
}

// What begins in the next starts of a share, so many that it can't take long.
void ContentLook::find(Bench& bench, const Share& share, const Kept& part) const {
    const auto first_start = static_cast<std::size_t>(part.address - share.address);
    const auto found = [&](std::size_t start, std::span<const std::uint32_t> numbers) {
        if (start < first_start || (start - first_start) % part.step != 0) return true;
        const auto which = static_cast<std::uint32_t>((start - first_start) / part.step);
        // Holes of the share hold what was read of another.
        const auto room =
            bench.readable(share.address + start, static_cast<std::size_t>(share.size) - start);
        choose(numbers, room, [&](std::uint32_t form) { bench.hits.push_back({which, form}); });
        return true;
    };
    const Pattern::Bytes block(reinterpret_cast<const std::uint8_t*>(bench.now),
                               static_cast<std::size_t>(share.size));
    const auto last = std::min(share.starts, bench.next + needles_->starts_at_once());
    bench.next = needles_->find(block, share.address, bench.next, last, found);
}

Look::Left ContentLook::again(Bench& bench, const Kept& part, const Taker& take,
                              const IsOver& is_over) const {
    const auto is_begun = bench.next != 0;
    std::vector<std::uint32_t> restored;
    std::span<const std::uint32_t> which(part.which, part.is_few() ? part.left : 0);
    if (!part.is_few()) {
        if (!is_begun) part.restore(bench.before, bench.left);
        restored = numbers_in(bench.left, part.count);
        which = restored;
    }
    if (!is_begun) bench.read_at(part, which, std::max(part.width, longest_));
    auto at_once = std::max<std::size_t>(Needles::patience / part.width, 1);
    if (needles_) at_once = std::min(at_once, needles_->starts_at_once());
    while (bench.next < which.size()) {
        try_again(bench, part, which, std::min(which.size(), bench.next + at_once));
        if (bench.next < which.size() && is_over()) return std::nullopt;
    }
    return keep(part, {bench.now, Bench::chunk + Bench::longest}, std::exchange(bench.hits, {}),
                take);
}

// Which of what was read again, up to `last`, is as it should be.
void ContentLook::try_again(Bench& bench, const Kept& part, std::span<const std::uint32_t> which,
                            std::size_t last) const {
    std::vector<std::uint32_t> there;  // numbers of what is sought
    const auto as_before = static_cast<std::uint32_t>(forms_.size());
    for (auto i = bench.next; i < last; ++i) {
        const auto offset = which[i] * part.step;
        const auto address = part.address + offset;
        const auto room = bench.readable(address, std::max(part.width, longest_));
        const Pattern::Bytes now(reinterpret_cast<const std::uint8_t*>(bench.now) + offset, room);
        there.clear();
        for (std::uint32_t number = 0; number < form_of_.size(); ++number) {
            if (forms_[form_of_[number]].encoding == part.encoding &&
                needles_->patterns()[number].matches(now, address, 0)) {
                there.push_back(number);
            }
        }
        if (how_ == Comparison::inside) {
            choose(there, room,
                   [&](std::uint32_t form) { bench.hits.push_back({which[i], form}); });
            continue;
        }
        if (room < part.width) continue;
        const auto* const before =
            part.is_few() ? part.values + i * part.width : bench.before + offset;
        const auto is_same = std::memcmp(now.data(), before, part.width) == 0;
        const auto holds = how_ == Comparison::outside ? there.empty()
                                                       : is_same == (how_ == Comparison::unchanged);
        if (holds) bench.hits.push_back({which[i], as_before});
    }
    bench.next = last;
}

// Keeps hits form by form. Where few were left each is by itself: nothing around it was read.
std::vector<Kept> ContentLook::keep(const Kept& part, std::span<const std::byte> now,
                                    std::vector<Hit> hits, const Taker& take) const {
    std::vector<Kept> kept;
    std::ranges::stable_sort(hits, {}, &Hit::form);
    for (auto from = hits.begin(); from != hits.end();) {
        const auto form = from->form;
        std::vector<std::uint32_t> which;
        for (; from != hits.end() && from->form == form; ++from) which.push_back(from->which);
        auto of_form = part.emptied();
        if (form < forms_.size()) {
            of_form.width = forms_[form].width;
            of_form.encoding = forms_[form].encoding;
        }
        of_form.size = (part.count - 1) * part.step + of_form.width;
        if (part.is_few()) {
            kept.push_back(keep_each(take, of_form, now, which));
            continue;
        }
        std::vector<std::uint64_t> bits((part.count + 63) / 64);
        for (const auto number : which) bits[number / 64] |= std::uint64_t{1} << number % 64;
        kept.push_back(keep_many(take, of_form, now, bits));
    }
    return kept;
}

}  // namespace ntpages
