# man.cmake: installs the man pages, which the program prints. PROGRAM: how it is run; MAN:
# where pages go, below the prefix.
execute_process(COMMAND ${PROGRAM} --man OUTPUT_VARIABLE pages RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(WARNING "no man pages: the program does not run here (${status})")
  return()
endif()
if(NOT IS_ABSOLUTE ${MAN})
  set(MAN ${CMAKE_INSTALL_PREFIX}/${MAN})
endif()
string(REGEX MATCHALL "[^\n]+" pages "${pages}")
foreach(page ${pages})
  string(REGEX MATCH "[0-9]$" section ${page})
  set(file $ENV{DESTDIR}${MAN}/man${section}/${page})
  execute_process(COMMAND ${PROGRAM} --man ${page} OUTPUT_VARIABLE text
                  COMMAND_ERROR_IS_FATAL ANY)
  file(WRITE ${file} "${text}")
endforeach()
message(STATUS "Installed man pages: $ENV{DESTDIR}${MAN}")
