// owed: what is owed of pages, until something else is said of them.
#include "native/owed.hpp"

#include <algorithm>
#include <utility>

namespace ntpages {

void OwedProtections::add(const std::vector<ProtectedRange>& protections) {
    for (const auto& each : protections) {
        const auto pages = whole_pages(each.range);
        forget(pages);
        owed_.push_back({pages, each.old});
        any_ = true;
    }
}

std::vector<ProtectedRange> OwedProtections::take() {
    any_ = false;
    return std::exchange(owed_, {});
}

void OwedProtections::forget(Range range) {
    if (any_) owed_ = without(range);
    any_ = !owed_.empty();
}

std::vector<ProtectedRange> OwedProtections::due(const std::vector<ProtectedRange>& found) const {
    if (!any_) return found;
    std::vector<ProtectedRange> due;
    for (const auto& each : found) {
        RangeSet pages;
        pages.add(each.range);
        for (const auto& owed : owed_) {
            for (const auto& part : pages.parts(owed.range, true)) due.push_back({part, owed.old});
            pages.remove(owed.range);
        }
        for (const auto& part : pages.parts(each.range, true)) due.push_back({part, each.old});
    }
    const auto place = [](const ProtectedRange& each) { return each.range.offset; };
    std::ranges::sort(due, {}, place);
    return due;
}

std::vector<ProtectedRange> OwedProtections::without(Range range) const {
    std::vector<ProtectedRange> rest;
    for (const auto& each : owed_) {
        RangeSet pages;
        pages.add(each.range);
        pages.remove(range);
        for (const auto& part : pages.parts(each.range, true)) rest.push_back({part, each.old});
    }
    return rest;
}

}  // namespace ntpages
