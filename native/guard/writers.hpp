// guard/writers: who may change a file or what is in a folder, by their security descriptors; a
// folder that administrators alone may change.
#pragma once

#include <windows.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace ntpages {

// Paths, the accounts that may change what lies there, as Windows shows them, and by which rights;
// 0 for an owner, who may give himself any. The path is a file's or a folder's; the folders above
// it count where somebody may put another in its place. Left out are administrators and the system,
// who may do anything anyway.
std::vector<std::tuple<std::string, std::string, std::uint32_t>> writers_of(
    const std::string& path);

// Who runs this process, as writers_of() tells accounts.
std::string own_account();

// Makes a folder that the system and administrators own and alone may change, and others may read.
// Only they can make one. False where something of that name is there already.
bool make_folder(const std::string& path);

}  // namespace ntpages
