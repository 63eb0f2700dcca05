#include "core/output/output_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "unit/error_matchers.h"
#include "unit/temporary_folder.h"

namespace mscomm {
namespace {

using test::error_of;
using test::TemporaryFolder;

void write_file(const std::string& path, const std::string& text) {
  OutputFile file(path);
  ASSERT_EQ(write(file.fd(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  file.commit();
}

std::size_t files_in(const std::string& path) {
  const std::filesystem::directory_iterator files(path);
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

TEST(OutputFile, IsNotBlockedByWhatAnotherProcessOfItsIdLeft) {
  const TemporaryFolder folder;
  const auto path = folder.path() + "/out";
  {
    const OutputFile stale(path);
    write_file(path, "new");
  }
  EXPECT_EQ(read_file(path), "new");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(OutputFile, FollowsALinkToAFileThatIsNotThereYet) {
  const TemporaryFolder folder;
  const auto link = folder.path() + "/link";
  std::filesystem::create_symlink("second", link);
  std::filesystem::create_symlink(folder.path() + "/target", folder.path() + "/second");
  write_file(link, "new");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(read_file(folder.path() + "/target"), "new");
}

TEST(OutputFile, KeepsThePermissionsOfWhatItReplaces) {
  const TemporaryFolder folder;
  const auto path = folder.write("out", "old", 0640);
  write_file(path, "new");
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0640U);
}

TEST(OutputFile, TakesTheLongestNameThereIs) {
  const TemporaryFolder folder;
  const auto path = folder.path() + "/" + std::string(255, 'x');
  write_file(path, "new");
  EXPECT_EQ(read_file(path), "new");
}

// Runs `act` as another user: root may write everywhere.
template <class Act>
void without_privileges(const Act& act) {
  const bool is_root = geteuid() == 0;
  if (is_root) {
    ASSERT_EQ(seteuid(65534), 0);
  }
  act();
  if (is_root) {
    ASSERT_EQ(seteuid(0), 0);
  }
}

TEST(OutputFile, IsCopiedWhenDoneWhereTheFolderTakesNoOtherFile) {
  const TemporaryFolder folder;
  const auto path = folder.write("out", "longer than what comes", 0666);
  chmod(folder.path().c_str(), 0555);
  without_privileges([&] {
    OutputFile file(path);
    EXPECT_TRUE(file.waits());
    ASSERT_EQ(write(file.fd(), "new", 3), 3);
    EXPECT_EQ(read_file(path), "longer than what comes");
    file.commit();
  });
  EXPECT_EQ(read_file(path), "new");
  chmod(folder.path().c_str(), 0755);
}

TEST(OutputFile, IsNotMadeOverAFileThatIsNotToBeWritten) {
  const TemporaryFolder folder;
  const auto path = folder.write("out", "old", 0444);
  chmod(folder.path().c_str(), 0777);
  without_privileges([&] {
    EXPECT_EQ(error_of([&] { const OutputFile file(path); }),
              "io: cannot write '" + path + "': Permission denied");
  });
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(OutputFile, KeepsTheOtherNamesOfWhatItReplaces) {
  const TemporaryFolder folder;
  const auto path = folder.write("out", "longer than what comes");
  std::filesystem::create_hard_link(path, folder.path() + "/other");
  { const OutputFile discarded(path); }
  EXPECT_EQ(read_file(path), "longer than what comes");
  write_file(path, "new");
  EXPECT_EQ(read_file(folder.path() + "/other"), "new");
  EXPECT_EQ(files_in(folder.path()), 2U);
}

TEST(OutputFile, IsSeenByNobodyElseBeforeItHasThePermissionsOfTheOld) {
  const TemporaryFolder folder;
  const auto path = folder.write("out", "old", 0600);
  const OutputFile file(path);
  struct stat status {};
  ASSERT_EQ(fstat(file.fd(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

}  // namespace
}  // namespace mscomm
