#!/bin/sh
# Builds and runs programs outside of the tree against what `cargo cinstall` put at a place: sh installed.sh PREFIX
set -eu

prefix=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../../.." && pwd)
library=$(dirname "$(find "$prefix/lib"* -name 'libwa_client.so' | head -n 1)")
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)
outside=$(mktemp -d)
trap 'rm -rf "$outside"' EXIT
cp "$root/examples/c/echo_bot.c" "$root/examples/cpp/echo_bot.cpp" "$root/bindings/c/tests/c/installed.c" "$outside"
cd "$outside"

say() { printf '%s\n' "installed.sh: $*"; }
fail() { say "$@" >&2; exit 1; }

PKG_CONFIG_PATH="$library/pkgconfig"
LD_LIBRARY_PATH="$library"
export PKG_CONFIG_PATH LD_LIBRARY_PATH

say "pkg-config"
[ "$(pkg-config --modversion wa_client)" = "$version" ] || fail "wa_client.pc has another version than $version"
strict="-Wall -Wextra -Wpedantic -Werror"
# shellcheck disable=SC2046,SC2086
{
  cc -std=c11 $strict installed.c $(pkg-config --cflags --libs wa_client) -o shared
  cc -std=c11 $strict installed.c $(pkg-config --cflags wa_client) "$library/libwa_client.a" \
    $(pkg-config --libs-only-l --static wa_client | sed 's/-lwa_client//') -o static
  cc -std=c11 $strict echo_bot.c $(pkg-config --cflags --libs wa_client) -o bot-c
  c++ -std=c++17 $strict echo_bot.cpp $(pkg-config --cflags --libs wa_client) -o bot-cpp
}
./shared "$version"
env -u LD_LIBRARY_PATH ./static "$version"

say "SONAME"
readelf -d shared | grep -q "NEEDED.*\[libwa_client\.so\.$version\]" || fail "the program does not ask for this very version"
readelf -d static | grep -q 'libwa_client' && fail "the static program needs the shared library"

say "CMake"
cat >CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.16)
project(outside C CXX)
find_package(wa_client $version REQUIRED)
add_executable(cmake-shared installed.c)
target_link_libraries(cmake-shared wa_client::wa_client)
add_executable(cmake-static installed.c)
target_link_libraries(cmake-static wa_client::static)
add_executable(cmake-bot echo_bot.cpp)
target_compile_features(cmake-bot PRIVATE cxx_std_17)
target_link_libraries(cmake-bot wa_client::wa_client)
END
cmake -S . -B build -DCMAKE_PREFIX_PATH="$prefix" >cmake.log || { cat cmake.log; fail "cmake"; }
cmake --build build >build.log 2>&1 || { cat build.log; fail "cmake --build"; }
build/cmake-shared "$version"
env -u LD_LIBRARY_PATH build/cmake-static "$version"

say "another version is refused"
sed "s/wa_client $version/wa_client 99.0/" CMakeLists.txt >other && mkdir other-project && mv other other-project/CMakeLists.txt
cp installed.c echo_bot.cpp other-project
if cmake -S other-project -B other-build -DCMAKE_PREFIX_PATH="$prefix" >other.log 2>&1; then
  fail "find_package takes version 99.0"
fi
say "all well"
