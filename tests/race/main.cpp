// main: plays a scene as often as it is told.
#include "tests/race/race.hpp"

int main(int, char** given) {
    for (auto rounds = std::atoi(given[1]); rounds > 0; --rounds) scene();
}
