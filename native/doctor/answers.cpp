// doctor/answers: one query, unchanged.
#include "native/doctor/answers.hpp"

#include <algorithm>

#include "native/nt.hpp"

namespace ntpages {

SystemAnswer ask_system(ULONG information, ULONG size) {
    SystemAnswer answer{};
    answer.content.resize(size);
    ULONG returned = 0;
    const auto status =
        nt::query_system_information(information, answer.content.data(), size, &returned);
    answer.status = static_cast<std::uint32_t>(status);
    answer.returned = returned;
    answer.content.resize(status < 0 ? 0 : std::min(returned, size));
    return answer;
}

}  // namespace ntpages
