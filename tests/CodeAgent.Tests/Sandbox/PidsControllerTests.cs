using CodeAgent.Sandbox;

namespace CodeAgent.Tests.Sandbox;

public sealed class PidsControllerTests
{
    private const string Version1 = "39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
    private const string Version2 = "24 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

    [Theory]
    [InlineData("8:pids:/\n4:memory:/a\n0::/\n", Version1, "/sys/fs/cgroup/pids", false)]
    [InlineData("8:cpu,pids:/a/b\n", Version1, "/sys/fs/cgroup/pids/a/b", false)]
    [InlineData("0::/user.slice/x.scope\n", Version2, "/sys/fs/cgroup/user.slice/x.scope", true)]
    [InlineData("0::/\n", Version2, "/sys/fs/cgroup", true)]
    [InlineData("8:pids:/docker/12\n", "39 31 0:36 /docker/12 /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids\n", "/sys/fs/cgroup/pids", false)]
    public void Our_own_group_is_found(string groups, string mounts, string folder, bool isUnified)
    {
        PidsController.Locate(groups, mounts).ShouldBe((folder, isUnified));
    }

    [Theory]
    [InlineData("", Version2)]
    [InlineData("8:pids:/docker/12\n0::/\n", Version2)]
    [InlineData("8:pids:/docker/1\n", "39 31 0:36 /docker/12 /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids\n")]
    [InlineData("0::/\n", "24 1 8:1 / / rw - ext4 /dev/sda1 rw\n")]
    public void A_group_that_is_not_mounted_is_not_guessed(string groups, string mounts)
    {
        PidsController.Locate(groups, mounts).ShouldBeNull();
    }
}
