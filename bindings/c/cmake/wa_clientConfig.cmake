# find_package(wa_client) makes wa_client::wa_client (shared) and wa_client::static. It lies in share/wa_client/cmake of the place
# where the library was installed, and finds the rest from there.

get_filename_component(_wa_client_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(_wa_client_places lib "lib/${CMAKE_LIBRARY_ARCHITECTURE}" lib64)

find_path(wa_client_INCLUDE_DIR wa_client.h HINTS "${_wa_client_prefix}/include" NO_DEFAULT_PATH)
find_library(wa_client_LIBRARY NAMES wa_client HINTS "${_wa_client_prefix}" PATH_SUFFIXES ${_wa_client_places} NO_DEFAULT_PATH)
find_library(wa_client_STATIC_LIBRARY NAMES libwa_client.a HINTS "${_wa_client_prefix}"
             PATH_SUFFIXES ${_wa_client_places} NO_DEFAULT_PATH)
mark_as_advanced(wa_client_INCLUDE_DIR wa_client_LIBRARY wa_client_STATIC_LIBRARY)

include(CMakeFindDependencyMacro)
find_dependency(Threads)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(wa_client REQUIRED_VARS wa_client_LIBRARY wa_client_INCLUDE_DIR
                                  VERSION_VAR wa_client_VERSION)

if(wa_client_FOUND AND NOT TARGET wa_client::wa_client)
  add_library(wa_client::wa_client SHARED IMPORTED)
  set_target_properties(wa_client::wa_client PROPERTIES
    IMPORTED_LOCATION "${wa_client_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${wa_client_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES Threads::Threads)
endif()

if(wa_client_FOUND AND wa_client_STATIC_LIBRARY AND NOT TARGET wa_client::static)
  add_library(wa_client::static STATIC IMPORTED)
  set_target_properties(wa_client::static PROPERTIES
    IMPORTED_LOCATION "${wa_client_STATIC_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${wa_client_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "Threads::Threads;gcc_s;util;rt;m;dl")
endif()
